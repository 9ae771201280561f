import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  type GraphQLField,
  type GraphQLInputType,
} from "graphql";
import { createSchema } from "../../src/resolvers/createSchema";
import { submit } from "../support/changes";
import { dana, operator, startTestApi, unlimited, type TestApi } from "../support/testApi";
import { sqlPayloads } from "./support/sqlPayloads";

/** Each text that any operation takes, filled as sqlmap would fill it. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  await submit(api);
});
afterAll(() => api.stop());

const schema = createSchema();
const operations = [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => ["query", field] as const),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => ["mutation", field] as const),
].filter(([, { args, name }]) => args.length > 0 && name !== "advanceSandboxClock");

/** A value of that type with the payload in each text. */
function fill(type: GraphQLInputType, payload: string): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) return [fill(inner.ofType as GraphQLInputType, payload)];
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields());
    return Object.fromEntries(fields.map(({ name, type: own }) => [name, fill(own, payload)]));
  }
  switch (getNamedType(inner).name) {
    case "String":
    case "ID":
      return payload;
    case "Int":
      return 1;
    case "Boolean":
      return true;
    case "Date":
    case "LocalDate":
      return "2027-02-20";
    default:
      return undefined;
  }
}

function document(kind: string, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.filter((arg) => arg.name !== "last" && arg.name !== "before");
  const declared = given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const passed = given.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  return `${kind} (${declared}) { ${name}(${passed}) ${isCompositeType(getNamedType(type)) ? "{ __typename }" : ""} }`;
}

const counts = () =>
  api.rows(
    `SELECT (SELECT count(*) FROM cocp_events) AS events, (SELECT count(*) FROM cocp_records) AS records,
      (SELECT count(*) FROM partners) AS partners, (SELECT array_agg(status) FROM cocp_records) AS statuses`,
  );

test.each(operations.map(([kind, field]) => [field.name, kind, field] as const))(
  "J6 no payload of sqlmap's in any text of %s reaches PostgreSQL as SQL",
  async (_name, kind, field) => {
    const before = await counts();
    const query = document(kind, field);
    const told = new Set<string>();
    for (const payload of sqlPayloads) {
      for (const email of [dana, operator]) {
        const variables = Object.fromEntries(field.args.map((arg) => [arg.name, fill(arg.type, payload)]));
        const from = performance.now();
        const { status, errors = [], data } = await api.ask(email, query, variables);
        expect(performance.now() - from).toBeLessThan(4_500); // none has slept
        const codes = errors.map(({ extensions }) => extensions["code"]);
        expect([200, 400]).toContain(status);
        expect([payload, codes.filter((code) => !expected.has(String(code)))]).toEqual([payload, []]);
        expect(JSON.stringify({ errors, data })).not.toMatch(/syntax error at|pg_catalog|PostgreSQL \d|22P02|qb1qz/);
        told.add(JSON.stringify([status, codes, data]).replaceAll(JSON.stringify(payload).slice(1, -1), ""));
      }
    }
    expect(told.size).toBeLessThanOrEqual(4); // the answer does not depend on what a condition in it would say
    expect(await counts()).toEqual(before);
  },
  60_000,
);

const expected = new Set(["BAD_USER_INPUT", "FORBIDDEN", "INVALID_CURSOR", "NOT_FOUND"]);

test("J6 there is a text in every operation that takes arguments", () => {
  expect(operations.length).toBeGreaterThan(12);
  for (const [, { args }] of operations) {
    expect(JSON.stringify(args.map(({ type }) => fill(type, "the payload")))).toContain("the payload");
  }
});
