import { readFileSync } from "node:fs";
import { buildSchema, getNamedType, isLeafType, isObjectType, type GraphQLObjectType } from "graphql";
import { act, submit } from "../support/api/changes";
import { dana, elena, kim, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;

/** Nine records, some with the same submission time, some with a review date. */
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  const first = await submit(api, { accounts: ["7701001", "7701002", "7701003", "7701004"] });
  await act(api, kim, "acceptCocp", { requestId: first.requestId, recordIds: first.recordIds.slice(0, 2) });
  const second = await submit(api, { accounts: ["7701007", "7701008"] });
  await act(api, kim, "acceptCocp", { requestId: second.requestId });
  await submit(api, { accounts: ["7701009", "7701010", "7701011"] });
  await api.rows(`UPDATE cocp_records SET effective_date = effective_date + 7 WHERE billing_account_id IN
    (SELECT id FROM billing_accounts WHERE account_number IN ('7701002', '7701009'))`);
});
afterAll(() => api.stop());

interface Page {
  readonly ids: string[];
  readonly nodes: Record<string, string | null>[];
  readonly cursors: string[];
  readonly info: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  readonly feedCursor: string;
}

const pageQuery = `query ($order: CocpRecordOrder, $first: Int, $after: String, $last: Int, $before: String) {
  cocpRecords(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    feedCursor edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id effectiveDate reviewDueAt updatedAt request { submittedAt expiresAt } } } }`;

async function page(variables: object): Promise<Page> {
  const { edges, nodes, pageInfo, feedCursor } = (await api.data(dana, pageQuery, { ...variables })).cocpRecords;
  return {
    ids: nodes.map(({ id }: { id: string }) => id),
    nodes: nodes.map(({ request, ...node }: { request: object }) => ({ ...node, ...request })),
    cursors: edges.map(({ cursor }: { cursor: string }) => cursor),
    info: pageInfo,
    feedCursor,
  };
}

const fields = [
  ["SUBMITTED_AT", "submittedAt"],
  ["EXPIRES_AT", "expiresAt"],
  ["EFFECTIVE_DATE", "effectiveDate"],
  ["REVIEW_DUE_AT", "reviewDueAt"],
  ["UPDATED_AT", "updatedAt"],
] as const;
const orders = fields.flatMap(([field, key]) => [[field, "ASC", key] as const, [field, "DESC", key] as const]);

test.each(orders)("orders by %s %s; what has no such date comes last", async (field, direction, key) => {
  const { nodes } = await page({ order: { field, direction } });
  const values = nodes.map((node) => node[key] ?? null);
  const dated = values.filter((value) => value !== null);
  const sorted = [...dated].sort();
  expect(values).toEqual([
    ...(direction === "ASC" ? sorted : sorted.reverse()),
    ...values.filter((value) => value === null),
  ]);
});

test.each(orders)(
  "pages of %s %s in both directions give the full list, each record once",
  async (field, direction) => {
    const order = { field, direction };
    const all = await page({ order });
    expect(all.ids).toHaveLength(9);
    for (const size of [2, 4]) {
      const forward: string[] = [];
      for (let next: Page | null = null; next?.info.hasNextPage !== false;) {
        next = await page({ order, first: size, ...(next && { after: next.info.endCursor }) });
        forward.push(...next.ids);
      }
      expect(forward).toEqual(all.ids);
      const backward: string[] = [];
      for (let next: Page | null = null; next?.info.hasPreviousPage !== false;) {
        next = await page({ order, last: size, ...(next && { before: next.info.startCursor }) });
        backward.unshift(...next.ids);
      }
      expect(backward).toEqual(all.ids);
    }
  },
);

test("the newest submission comes first unless told otherwise", async () => {
  expect((await page({})).ids).toEqual((await page({ order: { field: "SUBMITTED_AT", direction: "DESC" } })).ids);
  expect((await page({ order: { field: "SUBMITTED_AT" } })).ids).toEqual((await page({})).ids);
});

test("a page can begin after any record, and before any", async () => {
  const { ids, cursors } = await page({});
  for (const [index, cursor] of cursors.entries()) {
    expect((await page({ after: cursor })).ids).toEqual(ids.slice(index + 1));
    expect((await page({ last: 100, before: cursor })).ids).toEqual(ids.slice(0, index));
  }
});

test("a record that comes in between two pages moves none of the others", async () => {
  const first = await page({ first: 4 });
  const { requestId } = await submit(api, { accounts: ["7701012"] });
  const rest = await page({ first: 10, after: first.info.endCursor });
  expect(new Set([...first.ids, ...rest.ids]).size).toBe(9);
  await api.rows("UPDATE cocp_records SET status = 'CANCELED', closed_by = 'CUSTOMER' WHERE request_id = $1", [
    requestId,
  ]);
});

const cursorOf = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url");
const someId = "6f1d1b1e-8f5a-4a0e-9d53-0c3d5be2a111";
const badCursors: [string, () => string | Promise<string>][] = [
  ["that is nonsense", () => "nonsense"],
  ["that is empty", () => ""],
  ["of another order", async () => (await page({ order: { field: "EXPIRES_AT" } })).cursors[0] ?? ""],
  ["of the other direction", async () => (await page({ order: { direction: "ASC" } })).cursors[0] ?? ""],
  ["of the feed", async () => (await page({})).feedCursor],
  ["with SQL in it", () => cursorOf("SUBMITTED_AT", "DESC", "'; DROP TABLE cocp_records; --", someId)],
  ["with a date that does not exist", () => cursorOf("SUBMITTED_AT", "DESC", "2026-02-31T00:00:00.000Z", someId)],
  ["with a time that does not exist", () => cursorOf("SUBMITTED_AT", "DESC", "2026-02-01T25:61:61.000Z", someId)],
  ["with the year 0", () => cursorOf("SUBMITTED_AT", "DESC", "0000-01-01T00:00:00.000Z", someId)],
  ["of 10,000 characters", () => "A".repeat(10_000)],
];

test.each(badCursors)("refuses a cursor %s", async (_what, cursor) => {
  const { errors, data } = await api.ask(dana, pageQuery, { after: await cursor() });
  expect([data, errors?.[0]?.extensions]).toEqual([null, { code: "INVALID_CURSOR" }]);
});

test("refuses first: 1000, naming the argument", async () => {
  const { errors } = await api.ask(dana, pageQuery, { first: 1_000 });
  expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: ["first"] });
});

test("an empty page has no cursors and still tells where the feed stood", async () => {
  const { cocpRecords } = await api.data(elena, pageQuery);
  expect(cocpRecords).toMatchObject({ edges: [], pageInfo: { startCursor: null, endCursor: null } });
  expect(cocpRecords.feedCursor).toMatch(/^[\w-]+$/);
});

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
const recordType = schema.getType("CocpRecord") as GraphQLObjectType;

/** Selections of one field each: the record's own, and those of what it tells along. */
const single = Object.values(recordType.getFields()).flatMap(({ name, type }) => {
  const parts = getNamedType(type);
  if (isLeafType(parts)) return [name];
  if (!isObjectType(parts)) throw new Error(`${name} is of a kind that this test does not know`);
  const leaves = Object.values(parts.getFields()).filter((part) => isLeafType(getNamedType(part.type)));
  return leaves.map((part) => `${name} { ${part.name} }`);
});

test.each(single)("a page that is asked for nothing but %s reads what it takes", async (selection) => {
  const query = `query ($ids: [ID!]!) {
    nodes(ids: $ids) { ...Part } cocpRecords { nodes { ${selection} } edges { node { ...Part } } } }
    fragment Part on CocpRecord { ${selection} }`;
  for (const who of [dana, kim]) {
    const { cocpRecords: all } = await api.data(who, "{ cocpRecords { nodes { id } } }");
    const { nodes, cocpRecords: page } = await api.data(who, query, {
      ids: all.nodes.map(({ id }: { id: string }) => id),
    });
    expect(nodes.length).toBeGreaterThanOrEqual(9);
    expect(page.nodes).toEqual(nodes);
    expect(page.edges).toEqual(nodes.map((node: object) => ({ node })));
  }
});

test("and there are all kinds of fields among them", () => {
  expect(single).toEqual(expect.arrayContaining(["closingNote", "request { respondBy }", "oldPartner { capacities }"]));
});
