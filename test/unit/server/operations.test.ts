import {
  buildSchema,
  execute,
  GraphQLError,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
  type ExecutionResult,
  type GraphQLFieldResolver,
} from "graphql";
import { createLogger } from "../../../src/logger";
import type { RequestContext } from "../../../src/resolvers/requestContext";
import { createOperationObserver } from "../../../src/server/operationObserver";
import { createServiceMetrics } from "../../../src/server/serviceMetrics";
import { createViewerName } from "../../../src/server/viewerName";
import { createOperations } from "../../../src/server/operations";
import { noTracing } from "../../../src/tracing";

/** A schema with the shapes that executors are known to differ on. */
const schema = buildSchema(`
    interface Named { id: ID! name: String }
    type Person implements Named { id: ID! name: String age: Int! boss: Person friends: [Person!] pets: [Pet]! }
    type Pet implements Named { id: ID! name: String owner: Person! sound(loud: Boolean = false, times: Int! = 0): String }
    enum Order { UP DOWN }
    input Inner { flag: Boolean! = false list: [Int!] order: Order = DOWN }
    input Outer { days: Int! = 0 text: String inner: Inner = {} inners: [Inner!] }
    type Query {
      echo(input: Outer! = {}, order: Order = UP, ids: [ID!]): String
      person: Person broken: Person! people: [Named] nothing: [Person] }
    type Mutation { add(by: Int! = 1): Int! fail: Int }`);
const resolvers: Record<string, Record<string, GraphQLFieldResolver<never, unknown>>> = {
  Person: {
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
  },
  Mutation: {
    add: async (root: { count: number }, { by }: { by: number }) => (root.count += by),
    fail: () => {
      throw new GraphQLError("failed");
    },
  },
};
for (const [name, fields] of Object.entries(resolvers)) {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type`);
  for (const [field, resolve] of Object.entries(fields)) Object.assign(type.getFields()[field] ?? {}, { resolve });
}
const named = schema.getType("Named");
if (isInterfaceType(named)) named.resolveType = ({ kind }: { kind: string }) => kind;

const ann = { kind: "Person", id: "1", name: "Ann", age: 30, boss: null };
const rex = { kind: "Pet", id: "9", name: "Rex" };

const operations = createOperations(schema);
const context = {} as RequestContext;
const observer = createOperationObserver({
  logger: createLogger("silent", "json"),
  metrics: createServiceMetrics(),
  viewerName: createViewerName("any"),
  tracing: noTracing,
});
const observed = observer.begin("http", "1");

async function compiled(query: string, variables?: Record<string, unknown>): Promise<ExecutionResult> {
  const operation = operations.prepare(query, null, observed);
  if (Array.isArray(operation)) throw new Error(operation.join());
  const values = operations.coerce(operation, variables, observed);
  return Array.isArray(values)
    ? { errors: values }
    : operations.execute(operation, { values, context, root: { count: 0 }, observed });
}

async function interpreted(query: string, variables?: Record<string, unknown>): Promise<ExecutionResult> {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  return await execute({
    schema,
    document,
    variableValues: variables ?? {},
    contextValue: context,
    rootValue: { count: 0 },
  });
}

/** What a client gets, the order of keys included; errors come in any order. */
function asTold({ data, errors }: ExecutionResult) {
  const told = (errors ?? []).map((error) => error.toJSON());
  const places = told.map(({ message, path, locations }) => ({ message, path, locations }));
  const inOrder = places.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
  return JSON.stringify({ data, errors: inOrder }, null, 1);
}

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
  ["query ($i: Outer!) { echo(input: $i) }", { i: { days: "3" } }],
  ["query ($i: Outer!) { echo(input: $i) }", {}],
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
    expect(asTold(await compiled(query, variables))).toBe(asTold(await interpreted(query, variables)));
  },
);

test("an operation that comes again is the one that was compiled", () => {
  const query = "query A { person { id } } query B { person { name } }";
  const first = operations.prepare(query, "A", observed);
  expect(operations.prepare(query, "A", observed)).toBe(first);
  expect(operations.recall(query, "A")).toBe(first);
  expect(operations.prepare(query, "B", observed)).not.toBe(first);
});

test.each([
  ["{ person {", undefined, "GRAPHQL_PARSE_FAILED"],
  ["{ persons }", undefined, "GRAPHQL_VALIDATION_FAILED"],
  ["query A { person { id } } query B { person { id } }", undefined, "BAD_USER_INPUT"],
  ["query A { person { id } }", "B", "BAD_USER_INPUT"],
])("%s with operation name %p is refused by its code, and not kept", (query, operationName, code) => {
  const errors = operations.prepare(query, operationName, observed);
  expect(Array.isArray(errors) && errors.map(({ extensions }) => extensions["code"])).toEqual([code]);
  expect(operations.recall(query, operationName)).toBeUndefined();
});
