import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageFolder } from "../../src/paths";
import { dana, startTestApi, type TestApi } from "../support/testApi";
import { readMetrics } from "../support/metrics";
import { until } from "../support/until";
import { openConnection } from "./support/rawHttp";
import type { SlowConnections } from "./support/slowConnections";

/** Requests that never end hold a connection for a while, and no longer. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterAll(() => api.stop());

/** Seconds until the server ends a connection on which this was sent, and what it said. */
async function patienceWith(text: string): Promise<{ seconds: number; said: string }> {
  const socket = openConnection(api.url);
  const closed = once(socket, "close");
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const began = performance.now();
  socket.write(text);
  await closed;
  return { seconds: (performance.now() - began) / 1_000, said };
}

test("A8 A9 a header, and a body, that do not end are cut within 20 seconds, and others are served meanwhile", async () => {
  const token = await api.tokenFor(dana);
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  const slow = [
    patienceWith(`${head}X-Endless: `),
    patienceWith(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n5\r\nry"`),
    patienceWith(`${head}Content-Length: 1000\r\n\r\n{`),
  ];
  expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
  const ends = await Promise.all(slow);
  for (const { seconds, said } of ends) {
    expect(seconds).toBeLessThan(20);
    expect(said).toMatch(/^(HTTP\/1\.1 (408|400) |$)/);
  }
  expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
}, 40_000);

/** Holds slow connections open, in a process of their own, while something is done. */
async function besideSlowConnections<Result>(slow: SlowConnections, work: () => Promise<Result>): Promise<Result> {
  const child = fork(join(__dirname, "support/slowConnections.ts"), {
    execArgv: ["--require", join(packageFolder, "test/support/registerTypeScript.js")],
  });
  const gone = once(child, "exit");
  try {
    child.send(slow);
    await once(child, "message");
    return await work();
  } finally {
    child.kill("SIGKILL");
    await gone;
  }
}

/** Milliseconds that each of a hundred requests took, one after the other. */
async function timesOfHundred(): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const began = performance.now();
    expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
    times.push(performance.now() - began);
  }
  return times;
}

const share = (part: number, numbers: readonly number[]) =>
  numbers.toSorted((one, other) => one - other)[Math.floor((numbers.length - 1) * part)] ?? NaN;

test("A24 beside 400 slow connections the 99th percentile stays: headers and bodies by the byte, and answers that are not read", async () => {
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await api.tokenFor(dana)}\r\n`;
  const body = JSON.stringify({ query: "{ cocpRecords(first: 1) { nodes { id } } }" });
  const asked = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  const kinds = [
    { begins: `${head}X-Slow: `, drips: true },
    { begins: `${head}Content-Length: 5000\r\n\r\n{`, drips: true },
    { begins: asked.repeat(5), drips: false },
  ];
  const slow = { url: api.url, count: 400, kinds };
  const taken = async () =>
    (await readMetrics(api.url)).value("changeover_operations_total", { transport: "http" }) ?? 0;
  const quiet: number[] = [];
  const beside: number[] = [];
  await timesOfHundred(); // warm
  for (let round = 0; round < 5; round += 1) {
    quiet.push(share(0.99, await timesOfHundred()));
    const whole = (await taken()) + Math.floor(slow.count / kinds.length) * 5;
    const work = async () => {
      await until(async () => (await taken()) >= whole);
      return await timesOfHundred();
    };
    beside.push(share(0.99, await besideSlowConnections(slow, work)));
  }
  // Of several rounds in turn, the middle ones: what else the machine does falls on both.
  expect(share(0.5, beside) / share(0.5, quiet)).toBeLessThan(2);
}, 40_000);
