import {
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  isInterfaceType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from "graphql";

/** What the value of an argument or input field can name of somebody else's. */
export type Kind = "id" | "requestId" | "pcn" | "text" | "cursor" | "email" | "key";

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

/** A root field of the schema, ready to be asked with any arguments. */
export interface Operation {
  /** Such as Query.node. */
  readonly name: string;
  readonly document: string;
  /** Arguments that pass validation and name nothing that exists. */
  readonly harmless: Readonly<Record<string, unknown>>;
  /** The places in the arguments that can name something. */
  readonly places: readonly { readonly path: readonly string[]; readonly kind: Kind; readonly isList: boolean }[];
}

/** Every root field, its answer selected as far as it goes. Throws for a text of which nobody said what it names. */
export function operationsOf(schema: GraphQLSchema): Operation[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    root ? Object.values(root.getFields()).map((field) => operationOf(schema, root.name, field)) : [],
  );
}

function operationOf(schema: GraphQLSchema, root: string, field: GraphQLField<unknown, unknown>): Operation {
  const { name, args } = field;
  const variables = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const brackets = (text: string) => (text === "" ? "" : `(${text})`);
  return {
    name: `${root}.${name}`,
    document: `${root.toLowerCase()} ${brackets(variables)} { ${name}${brackets(given)} ${selectionOf(schema, field.type, levelsOf(field))} }`,
    harmless: Object.fromEntries(
      args.flatMap((arg) => (isNonNullType(arg.type) ? [[arg.name, harmlessValue(arg.name, arg.type)]] : [])),
    ),
    places: args.flatMap((arg) => placesOf([arg.name], arg.type)),
  };
}

/** As many as the limits on operations let through. */
function levelsOf({ type }: GraphQLField<unknown, unknown>): number {
  return isInterfaceType(getNamedType(type)) ? 1 : 2;
}

function placesOf(path: readonly string[], type: GraphQLInputType, isList = false): Operation["places"] {
  if (isNonNullType(type)) return placesOf(path, type.ofType, isList);
  if (isListType(type)) return placesOf(path, type.ofType, true);
  if (isInputObjectType(type)) {
    const within = isList ? [...path, "0"] : path;
    return Object.values(type.getFields()).flatMap((field) => placesOf([...within, field.name], field.type));
  }
  const last = path.at(-1) ?? "";
  const kind = type.name === "ID" ? "id" : type.name === "String" ? kindsOfTexts[last] : null;
  if (kind === undefined) throw new Error(`What does ${path.join(".")} name? Say it in kindsOfTexts.`);
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
export function selectionOf(schema: GraphQLSchema, output: GraphQLOutputType, levels: number): string {
  const type: GraphQLNamedType = getNamedType(output);
  if (isInterfaceType(type) || isUnionType(type)) {
    const each = schema
      .getPossibleTypes(type)
      .map((possible) => `... on ${possible.name} ${selectionOf(schema, possible, levels)}`);
    return `{ __typename ${each.join(" ")} }`;
  }
  if (!isObjectType(type)) return "";
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (isLeftOut(type.name, field.name)) return [];
    if (!isObjectType(getNamedType(field.type))) return [field.name];
    // An edge repeats its node.
    if (field.name === "edges") return ["edges { cursor }"];
    return levels > 0
      ? [`${field.name} ${selectionOf(schema, field.type, isWrapping(type.name) ? levels : levels - 1)}`]
      : [];
  });
  return `{ __typename ${fields.join(" ")} }`;
}

/** The type's objects are no level of their own: they only hold others. */
const isWrapping = (type: string) => /Connection$|Payload$/.test(type);

/** What is another at each look, or takes long to make: the walk looks at forms by themselves. */
const isLeftOut = (type: string, field: string) =>
  field === "feedCursor" || (type === "CocpForm" && field !== "fileName");
