import {
  buildSchema,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
} from "graphql";
import { OperationCache } from "../../../src/server/execution/operationCache";
import { OperationError } from "../../../src/server/execution/operationRequest";
import { compareRandomRequests, createComparison } from "../../support/differential/differences";
import { stubResolvers } from "../../support/differential/stubResolvers";

/** A schema with the shapes that executors are known to differ on. */
const typeDefinitions = `
    interface Named { id: ID! name: String }
    type Person implements Named { id: ID! selection: String name: String age: Int! boss: Person friends: [Person!] pets: [Pet]! }
    type Pet implements Named { id: ID! name: String owner: Person! sound(loud: Boolean = false, times: Int! = 0): String }
    enum Order { UP DOWN }
    input Inner { flag: Boolean! = false list: [Int!] order: Order = DOWN }
    input Outer { days: Int! = 0 text: String inner: Inner = {} inners: [Inner!] }
    type Query {
      echo(input: Outer! = {}, order: Order = UP, ids: [ID!]): String
      person: Person broken: Person! people: [Named] nothing: [Person]
      sorted(order: Order! = UP): String selection: String grid: Grid! anything: [Anything!] }
    type Grid { rows: [[Pet!]!] cells(from: [[Int!]], text: String = "", ratio: Float! = 0): [[Person]!]! }
    union Anything = Person | Pet | Grid
    type Mutation { add(by: Int! = 1): Int! fail: Int }`;
const schema = buildSchema(typeDefinitions);
const resolvers: Record<string, Record<string, GraphQLFieldResolver<never, unknown>>> = {
  Person: {
    selection: (_person, _args, _context, info) => nameOf(info),
    age: ({ age }: { age?: number }) => {
      if (age === undefined) throw new GraphQLError("no age", { extensions: { code: "BAD_USER_INPUT" } });
      return age;
    },
    friends: async () => [ann, { kind: "Person", id: "3", name: "Eve" }],
    pets: () => [rex, null, Promise.resolve(rex), Promise.reject(new GraphQLError("ran away"))],
  },
  Pet: {
    owner: () => null,
    sound: (_pet, { loud, times }: { loud: boolean; times: number }) => `${loud ? "WUFF" : "wuff"} ${times}`,
  },
  Query: {
    echo: (_root, args) => JSON.stringify(args),
    person: () => ann,
    broken: async () => ({ kind: "Person", id: "2", boss: { kind: "Person", id: "3" } }),
    people: () => [ann, rex, null],
    nothing: () => null,
    sorted: (_root, { order }: { order: string }) => order,
    selection: (_root, _args, _context, info) => nameOf(info),
  },
  Mutation: {
    add: async (root: { count: number }, { by }: { by: number }) => (root.count += by),
    fail: () => {
      throw new GraphQLError("failed");
    },
  },
};
function nameOf({ parentType, fieldNodes }: GraphQLResolveInfo): string {
  return `${String(parentType)}.${fieldNodes.map(({ alias }) => alias?.value).join()}`;
}

for (const [name, fields] of Object.entries(resolvers)) {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type`);
  for (const [field, resolve] of Object.entries(fields)) Object.assign(type.getFields()[field] ?? {}, { resolve });
}
const named = schema.getType("Named");
if (isInterfaceType(named)) named.resolveType = ({ kind }: { kind: string }) => kind;

const ann = { kind: "Person", id: "1", name: "Ann", age: 30, boss: null };
const rex = { kind: "Pet", id: "9", name: "Rex" };

const operations = new OperationCache(schema);
/** The operation, or the codes of the errors for which it is not admitted. */
function admit(query: string, name: string | null) {
  try {
    return operations.recall(query, name) ?? operations.admit(query, name);
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return error.errors.map(({ extensions }) => extensions["code"]);
  }
}
const compare = createComparison(schema, () => ({ count: 0 }));

const cases: [query: string, variables?: Record<string, unknown>][] = [
  ["{ echo }"],
  ["{ echo(input: {}) }"],
  ["{ echo(input: {inner: {list: 5}, inners: {flag: true}}, order: DOWN, ids: 7) }"],
  ["{ echo(input: {days: 3, text: null, inner: null}, order: null, ids: null) }"],
  ["query ($i: Outer!) { echo(input: $i) }", { i: {} }],
  ["query ($i: Outer!) { echo(input: $i) }", { i: { days: 0, inners: [{}, { flag: true, list: 4 }] } }],
  ["query ($d: Int!, $l: [Int!], $o: Order) { echo(input: {days: $d, inner: {list: $l}}, order: $o) }", { d: 4 }],
  ["query ($d: Int = 5, $t: String) { echo(input: {days: $d, text: $t}) }", { t: 'a\u2028"b' }],
  ["query ($d: Int = 5) { echo(input: {days: $d}) }"],
  ["query ($d: Int) { echo(input: {days: $d}) }"],
  ["query ($d: Int!) { echo(input: {inners: [{list: [1, $d]}]}) }", { d: 2 }],
  ["query ($i: Inner) { echo(input: {inner: $i}) }"],
  ["query ($i: Inner, $o: Order) { echo(input: {inner: $i}, order: $o) }", { i: { order: null } }],
  ["query ($o: Order = DOWN, $ids: [ID!]) { echo(order: $o, ids: $ids) }", { ids: "x" }],
  ["query ($b: Boolean!) { person { id name @include(if: $b) age @skip(if: $b) } }", { b: true }],
  ["query ($b: Boolean!) { person { id name @include(if: $b) age @skip(if: $b) } }", { b: false }],
  [
    "query ($b: Boolean!) { person { ...F @skip(if: $b) ... @include(if: $b) { id } } } fragment F on Person { name pets { id } }",
    { b: true },
  ],
  ["query ($b: Boolean! = false) { person { ...F @skip(if: $b) id } } fragment F on Person { name friends { name } }"],
  ["query ($b: Boolean!) { person { friends @include(if: $b) { id } friends { name } } }", { b: false }],
  ["{ a: person { b: name c: name __typename } __typename }"],
  ["{ person { boss { name } friends { ...F } } } fragment F on Named { name ... on Person { friends { id } } }"],
  ["{ people { __typename id ... on Pet { sound(loud: true) } ... on Person { age friends { age } } } }"],
  ["{ people { name ... on Pet { quiet: sound twice: sound(times: 2) } } nothing { id } }"],
  ["{ person { pets { id owner { id } } } }"],
  ["{ person { name } broken { id boss { id age } } }"],
  ["{ broken { id age } }"],
  ["{ person { friends { age } } }"],
  ["mutation { one: add two: add(by: 2) fail three: add }"],
  ["{ __schema { queryType { name fields(includeDeprecated: true) { name type { kind ofType { name } } } } } }"],
  ['{ __type(name: "Outer") { name inputFields { name defaultValue type { name kind } } } }'],
];

test.each(cases.map(([query, variables = {}]) => [query, variables] as const))(
  "%s %j is answered as graphql-js answers it",
  async (query, variables) => {
    const comparison = await compare(query, variables);
    expect(comparison).toMatchObject({ isSame: true });
  },
);

/** Requests with a null where none may be, and the error that the field or its parent gets before any resolver runs. */
const misplacedNulls: [query: string, path: string | undefined, message: RegExp][] = [
  ["query ($x: Int = 1) { echo(input: {days: $x}) }", "echo", /^Argument "input" has an invalid value/],
  ['query ($x: ID = "a") { echo(ids: ["b", $x]) }', "echo", /^Argument "ids" has an invalid value/],
  ["query ($x: Int = 1) { echo(input: {inners: [{list: [$x]}]}) }", "echo", /^Argument "input" has an invalid value/],
  ["query ($x: Boolean = true) { echo(input: {inner: {flag: $x}}) }", "echo", /^Argument "input" has an invalid value/],
  [
    "query ($x: Order) { sorted(order: $x) }",
    "sorted",
    /^Argument "order" of non-null type "Order!" must not be null\.$/,
  ],
  ["query ($x: Boolean = true) { person { id @include(if: $x) } }", "person", /^Argument "if" of non-null type/],
  ["query ($x: Boolean = false) { echo @skip(if: $x) }", undefined, /^Argument "if" of non-null type/],
];

test.each(misplacedNulls)(
  "%s with null is an error of the field before its resolver runs",
  async (query, path, message) => {
    const comparison = await compare(query, { x: null });
    expect(comparison).toMatchObject({
      isSame: true,
      answer: { errors: [{ message: expect.stringMatching(message) }] },
    });
    expect(comparison?.answer.errors?.[0]?.path?.[0]).toBe(path);
  },
);

test("a fragment that is spread twice, once on a condition, is selected", async () => {
  const query = `query ($a: Boolean!) { person { ...F @skip(if: $a) ...F } } fragment F on Person { name }`;
  expect((await compare(query, { a: true }))?.answer.data).toEqual({ person: { name: "Ann" } });
});

test("a resolver gets its own selection, also when its alias is another field's path joined by underscores", async () => {
  const query = "{ a: person { b: selection } b_a: selection }";
  expect((await compare(query, {}))?.answer.data).toEqual({ a: { b: "Person.b" }, b_a: "Query.b_a" });
});

test("a null for a field that is never null is a fault of the server, which the client does not read", async () => {
  const comparison = await compare("{ people { ... on Pet { owner { id } } } }", {});
  expect(comparison?.answer.errors?.map(({ extensions }) => extensions["code"])).toEqual(["INTERNAL_SERVER_ERROR"]);
});

test("text of the document is never run as code", async () => {
  const code = "__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74dglobalThis.hasRun=true";
  const query = `{ echo(input: {text: "${code}"}) }`;
  const { answer } = (await compare(query, {})) ?? {};
  expect(answer?.data?.["echo"]).toContain(code);
  expect(globalThis).not.toHaveProperty("hasRun");
});

test("500 random requests over these shapes are answered as graphql-js answers them", async () => {
  const stubbed = buildSchema(typeDefinitions);
  stubResolvers(stubbed, ["Person.age", "Person.friends", "Pet.owner", "Pet.sound", "Grid.cells"]);
  expect(await compareRandomRequests(stubbed, 500, 1)).toEqual({ compared: 500, differences: [] });
});

test("an operation that comes again is the one that was compiled", () => {
  const query = "query A { person { id } } query B { person { name } }";
  const first = admit(query, "A");
  expect(admit(query, "A")).toBe(first);
  expect(operations.recall(query, "A")).toBe(first);
  expect(admit(query, "B")).not.toBe(first);
});

test.each([
  ["{ person { id } }", ""],
  ["# A\nquery B { person { id } }", "A"],
  ["query A { person { id } }", "A\n"],
])("%s is not run by the name %j, also when the document is cached", (query, operationName) => {
  admit(`A\n${query}`, null);
  for (const name of [null, "A", "B"]) admit(query, name);
  expect(operations.recall(query, operationName)).toBeUndefined();
  expect(admit(query, operationName)).toEqual(["BAD_USER_INPUT"]);
});

test("a text and an operation name are not mixed up with another pair of the same letters", () => {
  const query = "#\nquery A { person { id } }";
  admit(query, "A");
  expect(operations.recall("query A { person { id } }", "A\n#")).toBeUndefined();
});

test.each([
  ["{ person {", null, "GRAPHQL_PARSE_FAILED"],
  ["{ persons }", null, "GRAPHQL_VALIDATION_FAILED"],
  ["query A { person { id } } query B { person { id } }", null, "BAD_USER_INPUT"],
  ["query A { person { id } }", "B", "BAD_USER_INPUT"],
])("%s with operation name %p is refused by its code, and not kept", (query, operationName, code) => {
  expect(admit(query, operationName)).toEqual([code]);
  expect(operations.recall(query, operationName)).toBeUndefined();
});
