import { registerEnumType } from "type-graphql";

/** Registers an enumeration of the domain under the contract's name. No value can be left without a description. */
export function registerEnum<Value extends string>(
  values: { readonly [Key in Value]: Key },
  name: string,
  description: string,
  valueDescriptions: Record<Value, string>,
): void {
  const entries = Object.entries<string>(valueDescriptions);
  const valuesConfig = Object.fromEntries(entries.map(([value, text]) => [value, { description: text }]));
  registerEnumType<Record<string, string>>(values, { name, description, valuesConfig });
}
