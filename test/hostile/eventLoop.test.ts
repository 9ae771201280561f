import { createLogger } from "../../src/logger";
import { createSchema } from "../../src/resolvers/createSchema";
import type { ObservedOperation } from "../../src/server/operationObserver";
import { createOperations } from "../../src/server/operations";
import { dearDocuments } from "./support/documents";

/** The longest that a document, made to hurt, can hold the event loop: reading, checking and compiling it is one turn. */

const most = 200;
const operations = createOperations(createSchema());
const observed = { logger: createLogger("silent", "json") } as unknown as ObservedOperation;

/** Milliseconds of processor time that a document takes: unlike the clock's, they are the same on a loaded machine. */
function timeOf(query: string, variables: Record<string, unknown> = {}): number {
  const before = process.cpuUsage();
  const operation = operations.prepare(query, null, observed);
  if (!Array.isArray(operation)) operations.coerce(operation, variables, observed);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The shorter of two times: what the compiler and the garbage collector do meanwhile is counted too. */
const best = (time: (turn: number) => number) => Math.min(time(1), time(2));

beforeAll(() => void timeOf("query Warm { viewer { email } }"));

test.each(dearDocuments)("B6 B10 %s: less than 200 ms", (_what, document) => {
  expect(best((turn) => timeOf(`${document} # ${turn}`))).toBeLessThan(most);
});

test("J2 variables as large as a body: less than 200 ms", () => {
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  expect(best(() => timeOf(query, { ids: Array.from({ length: 25_000 }, () => "x") }))).toBeLessThan(most);
  expect(best(() => timeOf(query, { ids: Array.from({ length: 25_000 }, () => null) }))).toBeLessThan(most);
  const wide = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`v${i}`, i]));
  expect(best(() => timeOf(query, wide))).toBeLessThan(most);
  expect(
    best(() => timeOf("query ($f: CocpRecordFilter) { cocpRecords(filter: $f) { totalCount } }", { f: wide })),
  ).toBeLessThan(most);
});
