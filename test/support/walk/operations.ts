import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
  isInterfaceType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from "graphql";

/** What the value of an argument or input field can name of somebody else's. */
export type Kind = "id" | "requestId" | "pcn" | "text" | "cursor" | "email" | "key" | "day" | "instant";

/** What texts name, by the name of their argument or input field; null: they are words of the caller's own. */
const kindsOfTexts: Readonly<Record<string, Kind | null>> = {
  requestId: "requestId",
  pcn: "pcn",
  newPartnerPcn: "pcn",
  search: "text",
  after: "cursor",
  before: "cursor",
  partnerNotificationContact: "email",
  idempotencyKey: "key",
  note: null,
  reasonNote: null,
  firstName: null,
  lastName: null,
  termsVersion: null,
  caseNumber: null,
};

/** What values of the other types name; null: they are numbers, or words of the schema. */
const kindsOfScalars: Readonly<Record<string, Kind | null>> = {
  ID: "id",
  LocalDate: "day",
  DateTime: "instant",
  Int: null,
  Boolean: null,
};

/** A place in the arguments of a document that can name something. */
export interface Place {
  readonly path: readonly string[];
  readonly kind: Kind;
  readonly isList: boolean;
}

/** A root field of the schema, ready to be asked with any arguments. */
export interface Operation {
  /** Such as Query.node. */
  readonly name: string;
  readonly document: string;
  /** Arguments that pass validation and name nothing that exists. */
  readonly harmless: Readonly<Record<string, unknown>>;
  /** Of its own arguments, and of those of the fields that it leads to. */
  readonly places: readonly Place[];
}

/** Every root field, its answer selected as far as it goes. Throws for a value of which nobody said what it names. */
export function operationsOf(schema: GraphQLSchema): Operation[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    root ? Object.values(root.getFields()).map((field) => operationOf(schema, root.name, field)) : [],
  );
}

function operationOf(schema: GraphQLSchema, root: string, field: GraphQLField<unknown, unknown>): Operation {
  const variables = new Variables();
  const selection = `${field.name}${variables.givenTo(field)} ${selectionOf(schema, field.type, levelsOf(field), variables)}`;
  return {
    name: `${root}.${field.name}`,
    document: `${root.toLowerCase()} ${variables.declared} { ${selection} }`,
    harmless: variables.harmless,
    places: variables.places,
  };
}

/** The variables of a document: one for each argument of each of its fields, wherever the field stands. */
export class Variables {
  readonly #all = new Map<string, GraphQLArgument>();

  /** The arguments of a field, in brackets. Those of a root field are called as they are. */
  givenTo({ name, args }: GraphQLField<unknown, unknown>, type?: GraphQLObjectType): string {
    const given = args.map((arg) => {
      const variable = type === undefined ? arg.name : `${type.name}_${name}_${arg.name}`;
      this.#all.set(variable, arg);
      return `${arg.name}: $${variable}`;
    });
    return inBrackets(given);
  }

  get declared(): string {
    return inBrackets([...this.#all].map(([variable, { type }]) => `$${variable}: ${String(type)}`));
  }

  get harmless(): Record<string, unknown> {
    const needed = [...this.#all].filter(([, { type }]) => isNonNullType(type));
    return Object.fromEntries(needed.map(([variable, { name, type }]) => [variable, harmlessValue(name, type)]));
  }

  get places(): Place[] {
    return [...this.#all].flatMap(([variable, { name, type }]) => placesOf([variable], name, type));
  }
}

const inBrackets = (texts: readonly string[]) => (texts.length === 0 ? "" : `(${texts.join(", ")})`);

/** As many as the limits on operations let through. */
function levelsOf({ type }: GraphQLField<unknown, unknown>): number {
  return isInterfaceType(getNamedType(type)) ? 1 : 2;
}

function placesOf(path: readonly string[], name: string, type: GraphQLInputType, isList = false): Place[] {
  if (isNonNullType(type)) return placesOf(path, name, type.ofType, isList);
  if (isListType(type)) return placesOf(path, name, type.ofType, true);
  if (isInputObjectType(type)) {
    const within = isList ? [...path, "0"] : path;
    return Object.values(type.getFields()).flatMap((field) =>
      placesOf([...within, field.name], field.name, field.type),
    );
  }
  if (!isScalarType(type)) return [];
  const kind = type.name === "String" ? kindsOfTexts[name] : kindsOfScalars[type.name];
  if (kind === undefined)
    throw new Error(`What does ${path.join(".")} name? Say it in kindsOfTexts, or kindsOfScalars.`);
  return kind === null ? [] : [{ path, kind, isList }];
}

/** Names nothing, whatever it is taken for. */
export const unknown: Readonly<Record<Kind, string>> = {
  id: `rec_${Buffer.alloc(16, 7).toString("base64url")}`,
  requestId: "COCP-0000-0000",
  pcn: "PCN-0000000",
  text: "zzz-nothing-is-called-this",
  cursor: Buffer.from(JSON.stringify(["feed", "1", "1"])).toString("base64url"),
  email: "never.heard.of@unknown.example",
  key: "a-key-that-nobody-used",
  day: "1999-12-31",
  instant: "1999-12-31T00:00:00Z",
};

const words: Readonly<Record<string, unknown>> = {
  DateTime: "2026-01-01T00:00:00Z",
  LocalDate: "2026-01-01",
  Int: 1,
  Boolean: true,
  CocpReason: "OTHER",
};

function harmlessValue(name: string, type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return harmlessValue(name, type.ofType);
  if (isListType(type)) return [harmlessValue(name, type.ofType)];
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) && field.defaultValue === undefined,
    );
    return Object.fromEntries(required.map((field) => [field.name, harmlessValue(field.name, field.type)]));
  }
  if (type.name === "ID") return name.startsWith("billingAccount") ? unknown.id.replace("rec_", "acc_") : unknown.id;
  if (type.name !== "String") return words[type.name];
  const kind = kindsOfTexts[name];
  return kind ? unknown[kind] : "word";
}

/** All fields of a type, and of the objects that they lead to, so many levels down. */
function selectionOf(schema: GraphQLSchema, output: GraphQLOutputType, levels: number, variables: Variables): string {
  const type: GraphQLNamedType = getNamedType(output);
  if (isInterfaceType(type) || isUnionType(type)) {
    const each = schema
      .getPossibleTypes(type)
      .map((possible) => `... on ${possible.name} ${selectionOf(schema, possible, levels, variables)}`);
    return `{ __typename ${each.join(" ")} }`;
  }
  if (!isObjectType(type)) return "";
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (isLeftOut(type.name, field.name)) return [];
    // An edge repeats its node.
    if (field.name === "edges") return ["edges { cursor }"];
    const isLeaf = !isObjectType(getNamedType(field.type));
    if (levels === 0 && !isLeaf) return [];
    const further = selectionOf(schema, field.type, isWrapping(type.name) ? levels : levels - 1, variables);
    return [`${field.name}${variables.givenTo(field, type)} ${further}`];
  });
  return `{ __typename ${fields.join(" ")} }`;
}

/** The type's objects are no level of their own: they only hold others. */
const isWrapping = (type: string) => /Connection$|Payload$/.test(type);

/** What is another at each look, or takes long to make: the walk looks at forms by themselves. */
const isLeftOut = (type: string, field: string) =>
  field === "feedCursor" || (type === "CocpForm" && field !== "fileName");
