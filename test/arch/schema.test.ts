import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";

interface Described {
  readonly name: string;
  readonly description?: string | null;
}

const contract = buildSchema(readFileSync(join(__dirname, "../../schema.graphql"), "utf8"));
const ownTypes = Object.values(contract.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type),
);

/** Names, from the root down, of the parts that have no description. */
function undescribed(parts: readonly Described[], path = ""): string[] {
  return parts.filter((part) => !part.description?.trim()).map((part) => path + part.name);
}

test("the contract has types to describe", () => {
  expect(ownTypes.length).toBeGreaterThan(50);
});

test("describes every type", () => {
  expect(undescribed(ownTypes)).toEqual([]);
});

test("describes every field and every input field", () => {
  const withFields = ownTypes.filter((type) => isObjectType(type) || isInterfaceType(type) || isInputObjectType(type));
  expect(withFields.flatMap((type) => undescribed(Object.values(type.getFields()), `${type.name}.`))).toEqual([]);
});

test("describes every argument", () => {
  const withArguments = ownTypes.filter((type) => isObjectType(type) || isInterfaceType(type));
  const missing = withArguments.flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => undescribed(field.args, `${type.name}.${field.name}.`)),
  );
  expect(missing).toEqual([]);
});

test("describes every enum value", () => {
  const enums = ownTypes.filter((type) => isEnumType(type));
  expect(enums.flatMap((type) => undescribed(type.getValues(), `${type.name}.`))).toEqual([]);
});
