import { createLogger } from "../../src/logger";
import { createSchema } from "../../src/resolvers/createSchema";
import type { ObservedOperation } from "../../src/server/operationObserver";
import { createOperations } from "../../src/server/operations";
import { bestOf } from "../support/bestOf";
import { dearDocuments, dearVariables } from "../hostile/support/documents";

/** The longest that a document, made to hurt, can hold the event loop: reading, checking and compiling it is one turn. */

const most = 200;
const operations = createOperations(createSchema());
const observed = { logger: createLogger("silent", "json") } as unknown as ObservedOperation;

/**
 * Milliseconds of processor time that a document takes: unlike the clock's, they are the same on a loaded machine, save for what
 * the compiler and the garbage collector do meanwhile.
 */
function timeOf(query: string, variables: Record<string, unknown> = {}): number {
  const before = process.cpuUsage();
  const operation = operations.prepare(query, null, observed);
  if (!Array.isArray(operation)) operations.coerce(operation, variables, observed);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

beforeAll(() => void timeOf("query Warm { viewer { email } }"));

test.each(dearDocuments)("B6 B10 %s: less than 200 ms", async (_what, document) => {
  expect(await bestOf(most, (turn) => timeOf(`${document} # ${turn}`))).toBeLessThan(most);
});

test.each(dearVariables)("%s: less than 200 ms", async (_what, { query, variables }) => {
  expect(await bestOf(most, (turn) => timeOf(`${query} # ${turn}`, variables))).toBeLessThan(most);
});
