import { isObjectType } from "graphql";
import { fieldAccess, type FieldRule } from "../../src/domain/fieldAccess";
import { createSchema } from "../../src/resolvers/createSchema";

const tables: Readonly<Record<string, Readonly<Record<string, FieldRule<string>>>>> = fieldAccess;
const objectTypes = Object.values(createSchema().getTypeMap()).filter(isObjectType);

/** Wrappers and answers to a caller about its own input: what they lead to is in the table. */
const wrappers =
  /^(__.*|Query|Mutation|Subscription|PageInfo|Viewer|UserError|.*(Connection|Edge|Payload|StatusCount|Warning|Preview|PreviewItem)|Partner(Confirmation|Problem))$/;

test("every field of every type has a row that says who reads it, and every row has a field", () => {
  const fields = objectTypes
    .filter(({ name }) => !wrappers.test(name))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));
  const rows = Object.entries(tables).flatMap(([type, of]) => Object.keys(of).map((field) => `${type}.${field}`));
  expect(rows.toSorted()).toEqual(fields.toSorted());
});
