import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";

type Path = readonly string[];
/** The text for a place in the variables. Undefined: none, or any where there must be one. */
type TextAt = (path: Path) => string | undefined;

/** A root field that takes texts, and how it is asked. */
export interface TakesTexts {
  readonly name: string;
  readonly kind: "query" | "mutation";
  readonly document: string;
  /** Where its variables hold texts. */
  readonly places: readonly Path[];
  /** Variables with these texts; whatever else may be left out is. */
  withTexts(textAt: TextAt): Record<string, unknown>;
}

/** All that there are in the schema but for `without`. */
export function fieldsThatTakeTexts(schema: GraphQLSchema, without: readonly string[] = []): TakesTexts[] {
  const all = [
    ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((field) => takesTexts("query", field)),
    ...Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => takesTexts("mutation", field)),
  ];
  return all.filter(({ name, places }) => places.length > 0 && !without.includes(name));
}

function takesTexts(kind: TakesTexts["kind"], { name, args, type }: GraphQLField<unknown, unknown>): TakesTexts {
  const given = args.filter((arg) => arg.name !== "last" && arg.name !== "before"); // for `first` and `after`
  const declared = given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const passed = given.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const withTexts = (textAt: TextAt) =>
    Object.fromEntries(given.map((arg) => [arg.name, valueOf(arg.type, isRequiredArgument(arg), [arg.name], textAt)]));
  const places: Path[] = [];
  withTexts((path) => {
    places.push(path);
    return "text";
  });
  return {
    name,
    kind,
    document:
      given.length === 0 ? "" : `${kind} (${declared}) { ${name}(${passed}) ${selectionOf(getNamedType(type))} }`,
    places,
    withTexts,
  };
}

/** Enough to tell one answer from another, and nothing that is another each time. */
function selectionOf(type: GraphQLNamedType): string {
  if (!isCompositeType(type)) return "";
  const fields = "getFields" in type ? Object.values(type.getFields()) : [];
  const selected = fields
    .filter(
      ({ name, args, type: own }) =>
        args.length === 0 && name !== "feedCursor" && getNamedType(own).name !== "DateTime",
    )
    .map(({ name, type: own }) => (isCompositeType(getNamedType(own)) ? `${name} { __typename }` : name));
  return `{ __typename ${selected.join(" ")} }`;
}

function valueOf(type: GraphQLInputType, isRequired: boolean, path: Path, textAt: TextAt): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) {
    const item = valueOf(inner.ofType as GraphQLInputType, isRequired, [...path, "0"], textAt);
    return item === undefined ? undefined : [item];
  }
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields());
    const entries = fields.map((field) => {
      return [field.name, valueOf(field.type, isRequiredInputField(field), [...path, field.name], textAt)];
    });
    return Object.fromEntries(entries);
  }
  const { name } = getNamedType(inner);
  if (name === "String" || name === "ID") return textAt(path) ?? (isRequired ? "text" : undefined);
  if (!isRequired) return undefined;
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  return { Int: 1, Boolean: true, Date: "2027-02-20", LocalDate: "2027-02-20" }[name];
}
