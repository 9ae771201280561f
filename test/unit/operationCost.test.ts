import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  getIntrospectionQuery,
  getNamedType,
  getNullableType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  parse,
  type DocumentNode,
} from "graphql";
import { createSchema } from "../../src/resolvers/createSchema";
import { excessOf } from "../../src/server/execution/documentLimits";
import { fieldCosts } from "../../src/server/execution/fieldCosts";
import { compileCost } from "../../src/server/execution/operationCost";
import { operationLimits } from "../../src/server/execution/operationLimits";
import { checkCost, readDocument } from "../../src/server/execution/validation";

const root = join(__dirname, "../..");
const schema = createSchema();

function costsOf(document: DocumentNode, variables: Record<string, unknown> = {}): number[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [compileCost(schema, document, definition)(variables)] : [],
  );
}

function costOf(text: string, variables?: Record<string, unknown>): number {
  const document = readDocument(schema, text);
  if (!("kind" in document)) throw new Error(document.map(({ message }) => message).join("\n"));
  return costsOf(document, variables)[0] ?? 0;
}

const priced: [string, number, Record<string, unknown>?][] = [
  ["{ viewer { email } }", 1],
  ["{ viewer { email partner { pcn } } }", 2],
  ["{ __typename }", 0],
  ["{ cocpRecords { totalCount } }", 11],
  ["{ cocpRecords { nodes { id } } }", 26],
  ["{ cocpRecords(first: 5) { nodes { id } pageInfo { endCursor } } }", 12],
  ["{ cocpRecords(last: 5, before: null) { edges { cursor node { id } } } }", 16],
  ["{ cocpRecords(first: 3) { nodes { request { records { id } } } } }", 6 + 3 * 22],
  ["query ($n: Int) { cocpRecords(first: $n) { nodes { id } } }", 16, { n: 10 }],
  ["query ($n: Int = 10) { cocpRecords(first: $n) { nodes { id } } }", 16],
  ["query ($n: Int) { cocpRecords(first: $n) { nodes { id } } }", 26],
  ["query ($n: Int) { cocpRecords(first: $n) { nodes { id } } }", 106, { n: 2_147_483_647 }],
  ["query ($n: Int) { cocpRecords(first: $n) { nodes { id } } }", 6, { n: -1 }],
  ["query ($n: Int) { cocpRecords(first: $n) { nodes { id } } }", 26, { n: "1e9" }],
  ["query ($i: [ID!]!) { nodes(ids: $i) { id ... on CocpRecord { request { id } } } }", 11, { i: ["a", "b", "c"] }],
  ['{ nodes(ids: ["a", "b"]) { id } }', 7],
  ["{ cocpRecords(first: 2) { ...Page } } fragment Page on CocpRecordConnection { nodes { id } }", 8],
  ["subscription { cocpEvents { id record { id } } }", 2],
  ["{ a: viewer { email } b: viewer { email } }", 2],
];

test.each(priced.map(([text, points, variables = {}]) => [text, points, variables] as const))(
  "%s costs %i points",
  (text, points, variables) => {
    expect(costOf(text, variables)).toBe(points);
  },
);

test("docs/front-end.md has the prices and limits that there are", () => {
  const page = readFileSync(join(root, "docs/front-end.md"), "utf8");
  const track = /^query TrackChanges[^]*?(?=```)/m.exec(page)?.[0] ?? "";
  const whole = track.replace("first: 20", "first: 100").replace("overdue", "events { type } notifications { state }");
  const { cost, costOfEvent, depth, fields: most, sameField, aliases, definitions } = operationLimits;
  const { rootFields, mutations, sensitiveMutations } = operationLimits;
  const toTens = (points: number) => Math.round(points / 10) * 10;
  const said = [
    `${inWords(cost)} points`,
    `${costOfEvent} an event`,
    `page of 20 costs about ${toTens(costOf(track))}`,
    `"points": ${costOf(track) + 1}`,
    `about ${inWords(Math.round(costOf(whole) / 100) * 100)}`,
    `${depth} levels, ${most} fields, the same field ${sameField} times in one place, ${aliases} aliases`,
    `${definitions} operations and fragments, ${rootFields} fields at the top of a query, ${mutations} of a mutation`,
  ];
  const text = page.replace(/\s+/g, " ");
  expect(said.filter((words) => !text.includes(words))).toEqual([]);
  expect(sensitiveMutations).toBe(1);
});

const inWords = (points: number) => points.toLocaleString("en");

test("an operation beyond the limit is QUERY_TOO_COMPLEX, with its cost and the limit", () => {
  const deep = "{ cocpRecords(first: 100) { nodes { request { records { request { records { id } } } } } } }";
  const cost = costOf(deep);
  expect(cost).toBeGreaterThan(40_000);
  const { cost: limit } = operationLimits;
  const extensions = { code: "QUERY_TOO_COMPLEX", cost, limit };
  expect(() => checkCost(cost, "query" as never)).toThrow(expect.objectContaining({ extensions }));
});

const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type) && !isIntrospectionType(type)
    ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field.type] as const)
    : [],
);

test("the price list names every list of objects, and no field that there is not", () => {
  const lists = fields.filter(([, type]) => isListType(getNullableType(type)) && isCompositeType(getNamedType(type)));
  expect(lists.length).toBeGreaterThan(20);
  expect(lists.map(([name]) => name).filter((name) => fieldCosts[name]?.items === undefined)).toEqual([]);
  const known = new Set([...fields.map(([name]) => name), "Query.__schema", "Query.__type"]);
  expect(Object.keys(fieldCosts).filter((name) => !known.has(name))).toEqual([]);
});

/** Every operation that a reader of the documents, or a user of the playground, meets. */
function publishedOperations(): string[] {
  const documents = ["README.md", ...readdirSync(join(root, "docs")).map((name) => join("docs", name))];
  const written = documents
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => [...readFileSync(join(root, name), "utf8").matchAll(/^```graphql\n(.*?)^```$/gms)])
    .map(([, operation = ""]) => operation);
  const folder = join(root, "playground/operations");
  const offered = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
  return [...written, ...offered.map((name) => readFileSync(join(folder, name), "utf8"))];
}

test("what the documents and the playground show costs less than a tenth of the limit", () => {
  const costs = publishedOperations().flatMap((text) => costsOf(parse(text)));
  expect(costs.length).toBeGreaterThan(15);
  expect(Math.max(...costs)).toBeLessThan(operationLimits.cost / 10);
});

test("a full page of records with all that belongs to them is within the limit", () => {
  const partner = "{ pcn organizationName }";
  const all = `{ cocpRecords(first: 100) { totalCount statusCounts { status count } feedCursor nodes { id status
    request { requestId customer { name } signature { signedBy } form { downloadUrl } }
    billingAccount { accountNumber agreement { endDate } } oldPartner ${partner} newPartner ${partner}
    events { type occurredAt } notifications { kind state } } } }`;
  expect(costOf(all)).toBeLessThan(operationLimits.cost);
});

test("the introspection of stock tools is within the limits", () => {
  const all = { descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true };
  expect(costOf(getIntrospectionQuery({ ...all, inputValueDeprecation: true }))).toBeLessThan(operationLimits.cost);
});

const nested = (levels: number): string => (levels === 0 ? "id" : `request { records { ${nested(levels - 1)} } }`);
const chain = (type: string, length: number, spread: string): string =>
  Array.from({ length }, (_, i) => `fragment F${i} on ${type} { ${spread.replaceAll("#", `F${i + 1}`)} }`).join(" ");

const beyond: [string, string, RegExp][] = [
  ["levels", `{ cocpRecords { nodes { ${nested(6)} } } }`, /12 levels, and this has 15/],
  [
    "levels within fragments",
    `{ cocpRecords { nodes { ...F0 } } } ${chain("CocpRecord", 7, "request { records { ...# } }")} fragment F7 on CocpRecord { id }`,
    /12 levels/,
  ],
  ["aliases", `{ viewer { ${Array.from({ length: 31 }, (_, i) => `a${i}: email`).join(" ")} } }`, /30 aliases/],
  ["fields", `{ viewer { ${"email ".repeat(500)} } }`, /400 fields, and this has 501/],
  [
    "fields by fragments that spread into each other",
    `{ viewer { ...F0 } } ${chain("Viewer", 14, "...# ...# ...#")} fragment F14 on Viewer { email }`,
    /400 fields, and this has 4782970/,
  ],
  ["directives", `{ viewer { ${"email @include(if: true) ".repeat(31)} } }`, /30 directives/],
  [
    "selections of one field",
    `{ viewer { ${"email ".repeat(11)} } }`,
    /10 selections of the same field in one place, and this has 11/,
  ],
  [
    "definitions",
    Array.from({ length: 41 }, (_, i) => `query Q${i} { viewer { email } }`).join(" "),
    /40 operations and fragments/,
  ],
  ["root fields", `{ ${"__typename ".repeat(21)} }`, /20 fields at the top/],
  [
    "root fields of a fragment",
    "{ ...F ...F } fragment F on Query { ".concat("__typename ".repeat(11), "}"),
    /20 fields/,
  ],
  [
    "mutations",
    `mutation { ${'acceptCocp(input: { requestId: "x" }) { records { id } } '.repeat(6)} }`,
    /5 fields at the/,
  ],
  [
    "sensitive mutations",
    `mutation { ${["a", "b"].map((alias) => `${alias}: resendPartnerNotification(input: { requestId: "x" }) { records { id } }`).join(" ")} }`,
    /1 of initiateCocp/,
  ],
];

test.each(beyond)("rejects too many %s, and says how many there may be", (_what, text, message) => {
  expect(readDocument(schema, text)).toMatchObject([{ message: expect.stringMatching(message) }]);
});

test("a cycle of fragments is refused by name", () => {
  const errors = readDocument(
    schema,
    "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
  );
  expect(errors).toMatchObject([{ message: 'Cannot spread fragment "A" within itself via "B".' }]);
});

test("typing errors teach nothing of the schema", () => {
  for (const text of [
    "{ viewr { email } }",
    "{ viewer { emal } }",
    '{ node(idd: "x") { id } }',
    "{ viewer { ...on Viewr { email } } }",
  ]) {
    const errors = readDocument(schema, text);
    expect(JSON.stringify(errors)).toMatch(/Cannot query|Unknown/);
    expect(JSON.stringify(errors)).not.toContain("Did you mean");
  }
});

test("what is refused has at most four errors", () => {
  const errors = readDocument(
    schema,
    `{ viewer { ${Array.from({ length: 100 }, (_, i) => `nothing${i}`).join(" ")} } }`,
  );
  expect("kind" in errors ? 0 : errors.length).toBe(4);
});

test("a document is measured in the time of its text, not of what it spreads into", () => {
  const text = `{ viewer { ...F0 } } ${chain("Viewer", 38, "...# ...# ...# ...#")} fragment F38 on Viewer { email }`;
  expect(excessOf(parse(text))?.message).toMatch(/400 fields/);
});
