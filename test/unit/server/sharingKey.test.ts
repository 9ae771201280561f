import { buildSchema, parse } from "graphql";
import { sharingKey } from "../../../src/server/subscriptions/executionKey";

const schema = buildSchema(`
  type Query { none: String }
  type Event { id: ID! type: String! }
  type Subscription { events(after: String): Event! }`);

const key = (query: string, variableValues?: Record<string, unknown>, operationName?: string) =>
  sharingKey({ schema, document: parse(query), variableValues, operationName }, "kim@harrowgate.example");

test("from where it starts and how it is written does not matter", () => {
  const plain = key("subscription { events { id } }");
  expect(key(`subscription Named { events(after: "a") {\n id }\n}`)).toBe(plain);
  const withVariable = "subscription ($after: String) { events(after: $after) { id } }";
  expect(key(withVariable, { after: "b" })).toBe(plain);
  expect(key(withVariable)).toBe(plain);
});

const conditional = (fallback: string) =>
  `subscription ($all: Boolean ${fallback}, $more: Boolean = true) {
    events { id type @include(if: $all) __typename @skip(if: $more) } }`;

const apart: [string, string, string][] = [
  ["selections", key("subscription { events { id } }"), key("subscription { events { id type } }")],
  ["aliases", key("subscription { events { id } }"), key("subscription { e: events { id } }")],
  ["values", key(conditional("= true"), { all: true }), key(conditional("= true"), { all: false })],
  ["defaults", key(conditional("= true")), key(conditional("= false"))],
  ["null and none", key(conditional("= true"), { all: null }), key(conditional("= true"))],
  [
    "operations of one document",
    key("subscription A { events { id } } subscription B { events { type } }", undefined, "A"),
    key("subscription A { events { id } } subscription B { events { type } }", undefined, "B"),
  ],
];

test.each(apart)("those of different %s are told apart", (_what, one, other) => {
  expect(one).not.toBe(other);
});

test("the order in which variables are given does not matter", () => {
  const query = conditional("= true");
  expect(key(query, { all: true, more: false })).toBe(key(query, { more: false, all: true }));
});

test.each([
  ["nothing personal", "subscription { events { id } }", 1],
  ["a link of its own", "subscription { events { form { link: downloadUrl } } }", 2],
  ["one in a fragment", "subscription { events { ...F } } fragment F on Event { ... { form { downloadUrl } } }", 2],
])("who asks matters only to what is personal: %s", (_what, query, keys) => {
  const document = parse(query);
  const made = ["kim", "sam", "kim"].map((email) => sharingKey({ schema, document }, email));
  expect(new Set(made).size).toBe(keys);
});
