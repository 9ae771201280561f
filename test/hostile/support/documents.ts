import { operationLimits } from "../../../src/server/execution/operationLimits";
import type { Question } from "./transports";

/** GraphQL documents that are made to hurt. */

export const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");
export const nested = (levels: number): string =>
  levels === 0 ? "id" : `request { records { ${nested(levels - 1)} } }`;
export const page = (selection: string) => `{ cocpRecords(first: 100) { nodes { ${selection} } } }`;
const fragments = (type: string, count: number, selection: (i: number) => string) =>
  times(count, (i) => `fragment F${i} on ${type} { ${selection(i)} }`);
const wide = (levels: number, width: number): string =>
  levels === 0 ? "id" : times(width, () => `request { records { ${wide(levels - 1, width)} } }`);
const spread = (count: number) => times(count, (i) => `...F${i}`);
const record =
  "id status billingAccount { accountNumber displayName } newPartner { pcn } oldPartner { pcn } events { type }";

/** What is dear to read, to check or to compile. */
export const dearDocuments: readonly [string, string][] = [
  ["as many tokens as there may be", `{ viewer { ${"email ".repeat(operationLimits.tokens - 6)} } }`],
  ["far more tokens", `{ viewer { ${"email ".repeat(16_000)} } }`],
  ["one token of 95 kB", `{ confirmPartner(pcn: "${"x".repeat(95_000)}") { confirmed } }`],
  ["a comment of 95 kB", `{ viewer { email } } # ${"x".repeat(95_000)}`],
  ["names that conflict", `{ viewer { ${times(190, (i) => `a: email a: displayName # ${i}\n`)} } }`],
  ["fields that are merged, two ways at each level", `{ cocpRecords { nodes { ${wide(5, 2)} } } }`],
  ["fields that are merged, nine ways", `{ cocpRecords { nodes { ${wide(2, 9)} } } }`],
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

const many = (count: number, value: (i: number) => unknown) => Array.from({ length: count }, (_, i) => value(i));
const wideObject = Object.fromEntries(many(9_000, (i) => [`v${i}`, i]) as [string, number][]);
const nodesOf = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
const filtered = "query ($f: CocpRecordFilter) { cocpRecords(filter: $f) { totalCount } }";
const previewed = "query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { userErrors { code } } }";
const change = {
  billingAccountId: "a",
  newPartnerPcn: "1",
  partnerNotificationContact: "a",
  reason: "OTHER",
  reasonNote: null as string | null,
};

/** Variables as large as a body may be. */
export const dearVariables: readonly [string, Question][] = [
  ["J2 25,000 ids", { query: nodesOf, variables: { ids: many(25_000, () => "x") } }],
  ["J2 15,000 ids that are null", { query: nodesOf, variables: { ids: many(15_000, () => null) } }],
  ["J2 9,000 variables that nobody asked for", { query: nodesOf, variables: wideObject }],
  ["J2 9,000 fields of an input that has them not", { query: filtered, variables: { f: wideObject } }],
  ["B25 as many accounts as a body holds", { query: previewed, variables: { changes: many(850, () => change) } }],
  [
    "H19 an address of 90 kB",
    {
      query: previewed,
      variables: { changes: [{ ...change, partnerNotificationContact: `${"x".repeat(90_000)}@p.example` }] },
    },
  ],
  [
    "H15 an address of 40,000 brackets",
    { query: previewed, variables: { changes: [{ ...change, partnerNotificationContact: "<@".repeat(40_000) }] } },
  ],
  [
    "J3 a note of 12,000 emojis",
    { query: previewed, variables: { changes: [{ ...change, reasonNote: "\u{1f469}\u200d".repeat(12_000) }] } },
  ],
  ["J6 a search of 90 kB of wildcards", { query: filtered, variables: { f: { search: "%_".repeat(45_000) } } }],
  ["J1 a search of NULs", { query: filtered, variables: { f: { search: "\u0000".repeat(16_000) } } }],
  ["D1 a hundred ids of others", { query: nodesOf, variables: { ids: many(100, (i) => `acc_${i}`) } }],
  [
    "a cursor of 90 kB",
    { query: "query ($c: String) { cocpRecords(after: $c) { totalCount } }", variables: { c: "A".repeat(90_000) } },
  ],
];

const explosion = (levels: number) =>
  `{ viewer { ...F0 } } ${times(levels, (i) => `fragment F${i} on Viewer { ...F${i + 1} ...F${i + 1} ...F${i + 1} }`)}
   fragment F${levels} on Viewer { email }`;
const accept = 'acceptCocp(input: { requestId: "COCP-0000-0000" }) { records { id } }';
const invalid = "GRAPHQL_VALIDATION_FAILED";

/** What must be refused, with the code of the refusal; empty: any. */
export const refusedQuestions: readonly [string, Question, string][] = [
  ["B2 101 aliases of __typename", { query: `{ ${times(101, (i) => `a${i}: __typename`)} }` }, invalid],
  ["B3 101 aliases of one mutation", { query: `mutation { ${times(101, (i) => `a${i}: ${accept}`)} }` }, invalid],
  [
    "B3 two mutations that look contacts up",
    {
      query: `mutation { ${times(2, (i) => `a${i}: updatePartnerNotificationContact(input: { requestId: "x", partnerNotificationContact: "a@b.example" }) { records { id } }`)} }`,
    },
    invalid,
  ],
  [
    "B3 101 look-ups of partners by aliases",
    { query: `{ ${times(101, (i) => `a${i}: confirmPartner(pcn: "${i}") { confirmed }`)} }` },
    invalid,
  ],
  ["B4 the same field 500 times", { query: `{ viewer { ${times(500, () => "email")} } }` }, invalid],
  ["B5 10 unknown directives", { query: `{ viewer { email ${times(10, (i) => `@d${i}`)} } }` }, invalid],
  ["B5 52 known directives", { query: `{ viewer { ${times(52, () => "email @include(if: true)")} } }` }, invalid],
  ["B6 14 levels", { query: page(nested(6)) }, invalid],
  ["B7 a million nodes", { query: page(nested(3)) }, "QUERY_TOO_COMPLEX"],
  ["B7 a hundred forms to be made", { query: page("request { form { sha256 } }") }, "QUERY_TOO_COMPLEX"],
  [
    "B8 a page of 2147483647",
    { query: "query ($n: Int) { cocpRecords(first: $n) { totalCount } }", variables: { n: 2_147_483_647 } },
    "BAD_USER_INPUT",
  ],
  [
    "B8 a page of 0",
    { query: "query ($n: Int) { cocpRecords(first: $n) { totalCount } }", variables: { n: 0 } },
    "BAD_USER_INPUT",
  ],
  [
    "B8 a page of -1",
    { query: "query ($n: Int) { cocpRecords(first: $n) { totalCount } }", variables: { n: -1 } },
    "BAD_USER_INPUT",
  ],
  [
    'B8 a page of "1e9"',
    { query: "query ($n: Int) { cocpRecords(first: $n) { totalCount } }", variables: { n: "1e9" } },
    "BAD_USER_INPUT",
  ],
  [
    "B8 a page of 1e9 in the document",
    { query: "{ cocpRecords(first: 1000000000) { totalCount } }" },
    "BAD_USER_INPUT",
  ],
  [
    "B9 fragments in a circle",
    { query: "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }" },
    invalid,
  ],
  ["B10 fragments that spread into 3^14 fields", { query: explosion(14) }, invalid],
  ["B10 fragments that spread into 3^60 fields", { query: explosion(60) }, invalid],
  [
    "B14 introspection in circles",
    { query: "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }" },
    invalid,
  ],
  ["B19 @defer", { query: "{ ... @defer { viewer { email } } }" }, invalid],
  ["B19 @stream", { query: "{ cocpRecords { nodes @stream { id } } }" }, invalid],
  ["B21 two operations and no name", { query: "query A { viewer { email } } query B { viewer { email } }" }, ""],
  [
    "B21 a name that no operation has",
    { query: "query A { viewer { email } } query B { viewer { email } }", operationName: "C" },
    "",
  ],
  [
    "J7 a column to sort by that is SQL",
    { query: '{ cocpRecords(orderBy: { field: "1;--" }) { totalCount } }' },
    invalid,
  ],
  [
    "J7 a column to sort by that is SQL, by variable",
    {
      query: "query ($o: CocpRecordOrder) { cocpRecords(orderBy: $o) { totalCount } }",
      variables: { o: { field: "1;--" } },
    },
    "BAD_USER_INPUT",
  ],
  [
    "J2 variables nested 1,000 deep",
    {
      query: "query ($f: CocpRecordFilter) { cocpRecords(filter: $f) { totalCount } }",
      variables: JSON.parse(`{"f":${"[".repeat(1_000)}${"]".repeat(1_000)}}`),
    },
    "BAD_USER_INPUT",
  ],
  ["B10 a document nested 660 deep", { query: `{ ${"viewer { ".repeat(660)} email ${"}".repeat(660)} }` }, invalid],
];
