import { once } from "node:events";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { removeDevFolder } from "../support/processes/removeDevFolder";
import { changeover, freePort, type Command } from "./support";

/** `changeover dev`, as a person on a fresh machine starts it. */

let folder: string;
let port: number;
let started: Command | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "changeover-dev-"));
  port = await freePort();
});

afterEach(async () => {
  started?.process.kill("SIGINT");
  await started?.exit;
  started = null;
});

afterAll(() => removeDevFolder(folder));

async function start(...options: string[]): Promise<Command> {
  return await startIn({}, ...options);
}

async function startIn(environment: NodeJS.ProcessEnv, ...options: string[]): Promise<Command> {
  started = changeover(["dev", ...options], { PORT: String(port), ...environment }, folder);
  await started.line(/Ctrl-C stops it/);
  return started;
}

async function signIn(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/dev/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "dana.whitfield@northlight.example" }),
  });
  return ((await response.json()) as { accessToken: string }).accessToken;
}

async function countAccounts(token: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{ billingAccounts { totalCount } }" }),
  });
  const { data } = (await response.json()) as { data: { billingAccounts: { totalCount: number } } };
  return data.billingAccounts.totalCount;
}

test("it starts with demo data, survives a kill -9 with its data and tokens, and stops on Ctrl-C", async () => {
  const first = await start();
  const token = await signIn();
  expect(await countAccounts(token)).toBeGreaterThan(15);
  first.process.kill("SIGKILL");
  await first.exit;

  const second = await start();
  expect(await countAccounts(token)).toBeGreaterThan(15);
  second.process.kill("SIGINT");
  expect(await second.exit).toBe(0);
  expect(second.output()).not.toMatch(/WARN|ERROR/);
}, 90_000);

test("--fresh forgets the data of earlier starts, the mail included", async () => {
  const mails = join(folder, ".changeover/mail");
  await mkdir(mails, { recursive: true });
  await writeFile(join(mails, "2026-11-25T08-00-37.948Z-000000.eml"), "Subject: Of an earlier start\r\n\r\n");
  const listed = async () => (await fetch(`http://127.0.0.1:${port}/dev/mail.json`)).json() as Promise<unknown[]>;
  const first = await start();
  expect(await listed()).toHaveLength(1);
  first.process.kill("SIGINT");
  await first.exit;
  await start("--fresh");
  expect(await listed()).toEqual([]);
  expect(await countAccounts(await signIn())).toBeGreaterThan(15);
}, 90_000);

test("a taken port is told with the cure", async () => {
  await start();
  const other = await mkdtemp(join(tmpdir(), "changeover-dev-"));
  const second = changeover(["dev"], { PORT: String(port) }, other);
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(new RegExp(`port ${port} .* is taken.*PORT=`));
  await rm(other, { recursive: true, force: true });
}, 60_000);

test("a second copy of the same folder is told which process uses it", async () => {
  await start();
  const second = changeover(["dev"], { PORT: String(await freePort()) }, folder);
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(/in use/);
}, 60_000);

test("on all addresses it prints one that works, takes pages of this machine, and serves no other host", async () => {
  const { output } = await startIn({ HOST: "0.0.0.0" });
  expect(output()).toContain(`http://127.0.0.1:${port}/graphql`);
  const open = async (origin: string) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, "graphql-transport-ws", { origin });
    const [first] = await Promise.race([once(socket, "open").then(() => [101]), once(socket, "error")]);
    socket.terminate();
    return first instanceof Error ? first.message : first;
  };
  for (const origin of [`http://127.0.0.1:${port}`, "http://localhost:5173", "https://[::1]"]) {
    expect(await open(origin)).toBe(101);
    const { headers } = await fetch(`http://127.0.0.1:${port}/dev/people`, { headers: { origin } });
    expect(headers.get("access-control-allow-origin")).toBe(origin);
  }
  expect(await open("https://evil.example")).toMatch(/403/);
  expect(output()).toMatch(/ALLOWED_ORIGINS/);
  for (const path of ["/graphql", "/dev/people", "/"]) expect(await askAs("evil.example", path)).toBe(421);
  expect(await askAs(`localhost:${port}`, "/dev/people")).toBe(200);
}, 90_000);

/** The status of a request under another name of the host. */
async function askAs(host: string, path: string): Promise<number | undefined> {
  const [response] = (await once(get({ port, path, headers: { host } }), "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test("files that a power failure cut off do not keep it from starting", async () => {
  const first = await start();
  first.process.kill("SIGINT");
  await first.exit;
  const mails = join(folder, ".changeover/mail");
  for (const name of ["signing-key.json", "form-url-secret"]) await truncate(join(folder, ".changeover", name), 20);
  await writeFile(join(mails, "2026-11-25T08-00-37.948Z-000000.eml"), "");
  await start();
  expect(await countAccounts(await signIn())).toBeGreaterThan(15);
}, 90_000);
