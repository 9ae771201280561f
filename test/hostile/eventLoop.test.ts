import { createLogger } from "../../src/logger";
import { createSchema } from "../../src/resolvers/createSchema";
import { operationLimits } from "../../src/resolvers/operationLimits";
import type { ObservedOperation } from "../../src/server/operationObserver";
import { createOperations } from "../../src/server/operations";

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

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");
const fragments = (type: string, count: number, selection: (i: number) => string) =>
  times(count, (i) => `fragment F${i} on ${type} { ${selection(i)} }`);
const nested = (levels: number, width: number): string =>
  levels === 0 ? "id" : times(width, () => `request { records { ${nested(levels - 1, width)} } }`);
const spread = (count: number) => times(count, (i) => `...F${i}`);
const record =
  "id status billingAccount { accountNumber displayName } newPartner { pcn } oldPartner { pcn } events { type }";

const documents: [string, string][] = [
  ["as many tokens as there may be", `{ viewer { ${"email ".repeat(operationLimits.tokens - 6)} } }`],
  ["far more tokens", `{ viewer { ${"email ".repeat(16_000)} } }`],
  ["one token of 95 kB", `{ confirmPartner(pcn: "${"x".repeat(95_000)}") { confirmed } }`],
  ["a comment of 95 kB", `{ viewer { email } } # ${"x".repeat(95_000)}`],
  ["names that conflict", `{ viewer { ${times(190, (i) => `a: email a: displayName # ${i}\n`)} } }`],
  ["fields that are merged, two ways at each level", `{ cocpRecords { nodes { ${nested(5, 2)} } } }`],
  ["fields that are merged, nine ways", `{ cocpRecords { nodes { ${nested(2, 9)} } } }`],
  [
    "fragments beside each other",
    `{ cocpRecords { nodes { ${spread(39)} } } } ${fragments("CocpRecord", 39, () => "request { records { id } }")}`,
  ],
  [
    "fragments in each other",
    `{ viewer { ...F0 } } ${fragments("Viewer", 60, (i) => `...F${i + 1} ...F${i + 1} ...F${i + 1}`)} fragment F60 on Viewer { email }`,
  ],
  [
    "fragments in circles",
    `{ viewer { ${spread(39)} } } ${fragments("Viewer", 39, (i) => times(6, (k) => `...F${(i + k + 1) % 39}`))}`,
  ],
  ["as many operations as fit", times(40, (i) => `query Q${i} { viewer { email } }`)],
  ["as many variables as fit", `query (${times(480, (i) => `$v${i}: ID`)}) { viewer { email } }`],
  ["lists in lists", `{ nodes(ids: ${"[".repeat(980)}${"]".repeat(980)}) { id } }`],
  ["objects in objects", `{ cocpRecords(filter: ${"{a:".repeat(490)}1${"}".repeat(490)}) { totalCount } }`],
  ["inline fragments in each other", `{ viewer { ${"... { ".repeat(490)} email ${"}".repeat(490)} } }`],
  ["unknown directives", `{ viewer { email ${times(900, (i) => `@d${i}`)} } }`],
  ["the largest that may run", `{ ${times(20, (i) => `a${i}: cocpRecords(first: 1) { nodes { ${record} } }`)} }`],
  [
    "the largest introspection",
    `{ ${times(5, (i) => `a${i}: __schema { types { name fields { name args { name type { name } } type { name } } } }`)} }`,
  ],
];

/** The shorter of two times: what the compiler and the garbage collector do meanwhile is counted too. */
const best = (time: (turn: number) => number) => Math.min(time(1), time(2));

beforeAll(() => void timeOf("query Warm { viewer { email } }"));

test.each(documents)("B6 B10 %s: less than 200 ms", (_what, document) => {
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
