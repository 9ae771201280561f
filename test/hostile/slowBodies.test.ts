import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageFolder } from "../../src/paths";
import { dana, kim, startTestApi, type TestApi } from "../support/testApi";
import { readMetrics } from "../support/metrics";
import { until } from "../support/until";
import { openConnection } from "./support/rawHttp";
import type { SlowConnections } from "./support/slowConnections";
import { requestTransports, type Transport } from "./support/transports";

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

/** Where a request goes, and what comes before what it is slow with. */
const headTo = async (path: string, email: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await api.tokenFor(email)}\r\n`;
const whoAmI = "{ viewer { email } }";

describe("what does not end", () => {
  type Ends = ReturnType<typeof patienceWith>[];
  let slow: Map<Transport["name"], Ends>;
  beforeAll(async () => {
    slow = new Map();
    // All at once, for it takes a while.
    for (const { name, path } of requestTransports) {
      const head = await headTo(path, dana);
      slow.set(name, [
        patienceWith(`${head}X-Endless: `),
        patienceWith(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n5\r\nry"`),
        patienceWith(`${head}Content-Length: 1000\r\n\r\n{`),
      ]);
    }
  });

  describe.each(requestTransports)("over $name", ({ name, ask }) => {
    test("A8 A9 a header, and a body, that do not end are cut within 20 seconds, and others are served meanwhile", async () => {
      const isServed = async () =>
        expect((await ask(api, await api.tokenFor(dana), { query: whoAmI })).data.viewer.email).toBe(dana);
      await isServed();
      const ends = await Promise.all(slow.get(name) ?? []);
      expect(ends.length).toBe(3);
      for (const { seconds, said } of ends) {
        expect(seconds).toBeLessThan(20);
        expect(said).toMatch(/^(HTTP\/1\.1 (408|400) |$)/);
      }
      await isServed();
    }, 40_000);
  });
});

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

/** Milliseconds that each of a hundred questions took, one after the other. */
async function timesOfHundred(ask: Transport["ask"]): Promise<number[]> {
  const token = await api.tokenFor(dana);
  const times: number[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    const began = performance.now();
    expect((await ask(api, token, { query: whoAmI })).data.viewer.email).toBe(dana);
    times.push(performance.now() - began);
  }
  return times;
}

const share = (part: number, numbers: readonly number[]) =>
  numbers.toSorted((one, other) => one - other)[Math.floor((numbers.length - 1) * part)] ?? NaN;

/** Headers and bodies by the byte, and answers that are not read. */
async function slowKinds(): Promise<SlowConnections["kinds"]> {
  const body = JSON.stringify({ query: "{ cocpRecords(first: 1) { nodes { id } } }" });
  const kinds = requestTransports.map(async ({ path }) => {
    const head = await headTo(path, kim);
    return [
      { begins: `${head}X-Slow: `, drips: true },
      { begins: `${head}Content-Length: 5000\r\n\r\n{`, drips: true },
      { begins: `${head}Content-Length: ${body.length}\r\n\r\n${body}`.repeat(5), drips: false },
    ];
  });
  return (await Promise.all(kinds)).flat();
}

describe("beside 400 slow connections", () => {
  const quiet = new Map<Transport, number[]>();
  const beside = new Map<Transport, number[]>();
  const measure = async (into: typeof quiet) => {
    for (const transport of requestTransports) {
      const times = into.get(transport) ?? [];
      into.set(transport, [...times, share(0.99, await timesOfHundred(transport.ask))]);
    }
  };
  const taken = async () => (await readMetrics(api.url)).value("changeover_operations_total") ?? 0;

  beforeAll(async () => {
    const slow = { url: api.url, count: 400, kinds: await slowKinds() };
    const asked = Math.floor(slow.count / slow.kinds.length) * 5 * requestTransports.length;
    for (const { ask } of requestTransports) await timesOfHundred(ask); // warm
    for (let round = 0; round < 5; round += 1) {
      await measure(quiet);
      const whole = (await taken()) + asked;
      await besideSlowConnections(slow, async () => {
        await until(async () => (await taken()) >= whole);
        await measure(beside);
      });
    }
  }, 60_000);

  describe.each(requestTransports)("over $name", (transport) => {
    test("A24 the 99th percentile stays: headers and bodies by the byte, and answers that are not read", () => {
      // Of several rounds in turn, the middle ones: what else the machine does falls on both.
      const middle = (of: typeof quiet) => share(0.5, of.get(transport) ?? []);
      expect(middle(beside) / middle(quiet)).toBeLessThan(2);
    });
  });
});
