import { buildSchema, parse } from "graphql";
import { executionKey } from "../../../src/server/subscriptions/sharedExecution";

const schema = buildSchema(`
  type Query { none: String }
  type Event { id: ID! type: String! }
  type Subscription { events(after: String): Event! }`);

const key = (query: string, variableValues?: Record<string, unknown>, operationName?: string) =>
  executionKey({ schema, document: parse(query), variableValues, operationName }, "kim@harrowgate.example");

test("the cursor and the layout of a document do not count", () => {
  const plain = key("subscription { events { id } }");
  expect(key(`subscription Named { events(after: "a") {\n id }\n}`)).toBe(plain);
  const withVariable = "subscription ($after: String) { events(after: $after) { id } }";
  expect(key(withVariable, { after: "b" })).toBe(plain);
  expect(key(withVariable)).toBe(plain);
});

const conditional = (fallback: string) =>
  `subscription ($all: Boolean ${fallback}, $more: Boolean = true) {
    events { id type @include(if: $all) __typename @skip(if: $more) } }`;

const different: [string, string, string][] = [
  ["selections", key("subscription { events { id } }"), key("subscription { events { id type } }")],
  ["aliases", key("subscription { events { id } }"), key("subscription { e: events { id } }")],
  ["values", key(conditional("= true"), { all: true }), key(conditional("= true"), { all: false })],
  ["defaults", key(conditional("= true")), key(conditional("= false"))],
  ["null and absent variables", key(conditional("= true"), { all: null }), key(conditional("= true"))],
  [
    "operations of one document",
    key("subscription A { events { id } } subscription B { events { type } }", undefined, "A"),
    key("subscription A { events { id } } subscription B { events { type } }", undefined, "B"),
  ],
];

test.each(different)("different %s have different keys", (_what, one, other) => {
  expect(one).not.toBe(other);
});

test("the order of variables does not count", () => {
  const query = conditional("= true");
  expect(key(query, { all: true, more: false })).toBe(key(query, { more: false, all: true }));
});

test.each([
  ["nothing personal", "subscription { events { id } }", 1],
  ["a form link", "subscription { events { form { link: downloadUrl } } }", 2],
  [
    "a form link in a fragment",
    "subscription { events { ...F } } fragment F on Event { ... { form { downloadUrl } } }",
    2,
  ],
])("the viewer counts only for personal fields: %s", (_what, query, keys) => {
  const document = parse(query);
  const made = ["kim", "sam", "kim"].map((email) => executionKey({ schema, document }, email));
  expect(new Set(made).size).toBe(keys);
});
