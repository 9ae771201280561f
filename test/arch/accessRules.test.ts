import { buildSchema, isObjectType } from "graphql";
import { createSchema } from "../../src/resolvers/createSchema";
import { accessRules } from "../../src/schema/accessRules";
import { applyAccessRules } from "../../src/schema/applyAccessRules";

const apply = (sdl: string) => () => applyAccessRules(buildSchema(sdl), () => ({}) as never);
const sdl = Object.entries(accessRules)
  .map(([type, rules]) => `type ${type} { ${Object.keys(rules).join(": Int ")}: Int }`)
  .join("\n");

test("the rules fit the fields at the root, and no others", () => {
  expect(apply(sdl)).not.toThrow();
  const schema = createSchema();
  for (const [type, rules] of Object.entries(accessRules)) {
    const root = schema.getType(type);
    expect(Object.keys(isObjectType(root) ? root.getFields() : {}).toSorted()).toEqual(Object.keys(rules).toSorted());
  }
});

test("a field at the root without a rule keeps the server from starting, whatever it gives", () => {
  expect(apply(`${sdl} extend type Query { everything: Int }`)).toThrow("Query.everything has no access rule");
  expect(apply(`${sdl} extend type Mutation { deleteAll: Int }`)).toThrow("Mutation.deleteAll has no access rule");
});

test("so does a rule for a field that there is not", () => {
  expect(apply(sdl.replace("viewer: Int", "someone: Int"))).toThrow("the rule for Query.viewer has no root field");
});
