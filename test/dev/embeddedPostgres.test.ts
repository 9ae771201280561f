import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from "../../src/dev/postgres/embeddedPostgres";
import { findPostgresPlace } from "../../src/dev/postgres/postgresPlace";
import { processInfo, waitUntilGone } from "../../src/dev/postgres/processes";
import { withClient } from "../support/api/testServer";

/** Milliseconds: a process that stays fails the test a little before jest ends it. */
const patience = 55_000;
let dataDirectory: string;
const running: EmbeddedPostgres[] = [];
const owners: ChildProcess[] = [];
const servers: number[] = [];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "changeover-postgres-"));
});

afterEach(async () => {
  for (const owner of owners.splice(0)) owner.kill("SIGKILL");
  for (const postgres of running.splice(0)) await postgres.stop();
  // One whose owner was killed still writes into the folder until its keeper has stopped it.
  for (const pid of servers.splice(0)) expect(await waitUntilGone(pid, patience)).toBe(true);
  const { folder } = await findPostgresPlace(dataDirectory);
  for (const used of [folder, dataDirectory]) await rm(used, { recursive: true, force: true });
});

async function start(more: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDirectory, settings: { fsync: "off" }, ...more });
  running.push(postgres);
  return postgres;
}

/** Starts PostgreSQL in a process of its own; gives that process, and the server's and its keeper's ids. */
async function startInOwnProcess(more: Partial<EmbeddedPostgresOptions> = {}) {
  const options: EmbeddedPostgresOptions = { dataDirectory, settings: { fsync: "off" }, ...more };
  const owner = fork(join(__dirname, "../support/processes/postgresOwner.ts"), [JSON.stringify(options)], {
    execArgv: ["--require", join(__dirname, "../support/jest/registerTypeScript.js")],
  });
  owners.push(owner);
  const [url] = await once(owner, "message");
  const server = await withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return parentOf(rows[0]?.pid);
  });
  const keeper = parentOf(server);
  servers.push(server, keeper);
  return { owner, server, keeper };
}

function parentOf(pid: number | undefined): number {
  const info = pid === undefined ? null : processInfo(pid);
  if (info === null) throw new Error(`No process ${pid}`);
  return info.parent;
}

test("keeps the data between two starts on one folder", async () => {
  const first = await start();
  await withClient(first.url, (client) => client.query("CREATE TABLE kept AS SELECT 'Ä' AS letter"));
  await first.stop();
  const second = await start();
  const { rows } = await withClient(second.url, (client) => client.query("SELECT lower(letter) AS letter FROM kept"));
  expect(rows).toEqual([{ letter: "ä" }]);
});

test("listens on 127.0.0.1 alone, in UTC, with a password", async () => {
  const { url } = await start();
  const { rows } = await withClient(url, (client) =>
    client.query("SELECT current_setting('listen_addresses') AS host, current_setting('TimeZone') AS zone"),
  );
  expect(rows).toEqual([{ host: "127.0.0.1", zone: "UTC" }]);
  await expect(withClient(url.replace(/:[^:@]+@/, ":guess@"), async () => {})).rejects.toThrow("password");
});

test("leaves neither server nor temporary folder when its owner is killed with -9", async () => {
  const { owner, server, keeper } = await startInOwnProcess({ temporary: true });
  owner.kill("SIGKILL");
  expect(await waitUntilGone(server, patience)).toBe(true);
  expect(await waitUntilGone(keeper, patience)).toBe(true);
  expect(existsSync(dataDirectory)).toBe(false);
});

test("starts again after its owner and its keeper were killed with -9", async () => {
  const { owner, server, keeper } = await startInOwnProcess();
  process.kill(keeper, "SIGKILL");
  owner.kill("SIGKILL");
  await waitUntilGone(keeper, patience);
  const { url } = await start();
  expect(processInfo(server)).toBeNull();
  await withClient(url, (client) => client.query("SELECT"));
});

test("refuses a folder that another process uses, and names that process", async () => {
  const { owner } = await startInOwnProcess();
  await expect(start()).rejects.toThrow(
    `in use by process ${owner.pid}: stop that one, or start this copy from another`,
  );
});

test("starts over with no data when asked for a fresh database", async () => {
  const first = await start();
  await withClient(first.url, (client) => client.query("CREATE TABLE gone ()"));
  await first.stop();
  const { url } = await start({ fresh: true });
  await expect(withClient(url, (client) => client.query("SELECT FROM gone"))).rejects.toThrow("does not exist");
});

test("starts over when the first start was interrupted", async () => {
  const { folder } = await findPostgresPlace(dataDirectory);
  await mkdir(join(folder, "cluster.new-999999999", "data"), { recursive: true });
  await start();
  expect(await readdir(folder)).not.toContain("cluster.new-999999999");
});

test.each(["", "not a number"])(
  "a lock file that a power failure left as %p does not keep it from starting",
  async (rest) => {
    const first = await start();
    await first.stop();
    const { folder } = await findPostgresPlace(dataDirectory);
    await writeFile(join(folder, "cluster/data/postmaster.pid"), rest);
    const { url } = await start();
    await withClient(url, (client) => client.query("SELECT 1"));
  },
);

test("a password that was cut off is named, with the fix", async () => {
  const first = await start();
  await first.stop();
  const { folder } = await findPostgresPlace(dataDirectory);
  await writeFile(join(folder, "cluster/password"), "");
  await expect(start()).rejects.toThrow(/password.*damaged.*--fresh/);
});
