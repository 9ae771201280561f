import { createSchema } from "../../src/resolvers/createSchema";
import { bestOf } from "./support/bestOf";
import { createTestPipeline } from "../support/api/testPipeline";
import { dearDocuments, dearVariables } from "../hostile/support/documents";

/**
 * How long a document, made to hurt, holds the event loop: it is read, validated and compiled in one task. Prints
 * those above 200 ms.
 */

const most = 200;
const { operations, pipeline } = createTestPipeline(createSchema());

/**
 * Milliseconds of processor time that a document takes: unlike the clock's, they are the same on a loaded machine,
 * save for what the compiler and the garbage collector do meanwhile.
 */
function timeOf(query: string, variables: Record<string, unknown> = {}): number {
  const before = process.cpuUsage();
  try {
    pipeline.coerce(operations.admit(query, null), variables);
  } catch {
    // what is refused takes its time, too
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

beforeAll(() => void timeOf("query Warm { viewer { email } }"));

async function measure(measured: (turn: number) => number): Promise<void> {
  const best = await bestOf(most, measured);
  if (best >= most) process.stdout.write(`${expect.getState().currentTestName ?? ""}: ${Math.round(best)} ms\n`);
}

test.each(dearDocuments)("B6 B10 %s", async (_what, document) => {
  await measure((turn) => timeOf(`${document} # ${turn}`));
});

test.each(dearVariables)("%s", async (_what, { query, variables }) => {
  await measure((turn) => timeOf(`${query} # ${turn}`, variables));
});
