import {
  getNamedType,
  getNullableType,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from "graphql";
import { createRandom, hashOf, type Random } from "./random";

/** How often out of a thousand a value is null although that is never allowed, and a resolver throws. */
const unexpectedNulls = 8;
const failures = 30;

/**
 * Puts values in place of what the schema's resolvers give: the same for the same place, arguments and selection.
 * Some come later, some are null, some resolvers throw. Fields without a resolver stay properties of their parent,
 * unless they are among `resolved` (such as `Person.age`).
 */
export function stubResolvers(schema: GraphQLSchema, resolved: readonly string[] = []): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isAbstractType(type)) type.resolveType = (value: { __typename: string }) => value.__typename;
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
      const hasResolver = field.resolve !== undefined || resolved.includes(`${type.name}.${field.name}`);
      if (isRoot || hasResolver) field.resolve = stub(schema);
    }
  }
}

const stub =
  (schema: GraphQLSchema) =>
  (source: { seed?: string } | undefined, args: object, _context: unknown, info: GraphQLResolveInfo): unknown => {
    const seed = `${source?.seed ?? ""}/${JSON.stringify([info.fieldName, inOrder(args), selectionOf(info), pathOf(info)])}`;
    const random = createRandom(hashOf(seed));
    const isLate = random.chance(0.4) && !(isInList(info) && isNonNullType(info.returnType));
    const result = random.below(1_000) < failures ? null : valueOf(schema, info.returnType, seed, random);
    const give = () => {
      if (result === null && random.chance(0.7)) {
        throw new GraphQLError(`failed at ${hashOf(seed)}`, { extensions: { code: "FORBIDDEN" } });
      }
      return result;
    };
    return isLate ? Promise.resolve().then(give) : give();
  };

/** graphql-jit adds arguments that are variables last. Input objects keep their order. */
function inOrder(args: object): unknown {
  return Object.entries(args).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * In a list, nothing that is never null comes late. When an item of a list throws, graphql-js abandons the promises
 * of the others: one that rejects later would end the process.
 */
function isInList({ path }: GraphQLResolveInfo): boolean {
  for (let part: typeof path | undefined = path; part; part = part.prev) if (typeof part.key === "number") return true;
  return false;
}

/** What a resolver sees of the selection: the fields, as often as they are merged. */
function selectionOf({ fieldNodes, parentType, returnType }: GraphQLResolveInfo): unknown {
  return [String(parentType), String(returnType), ...fieldNodes.map(({ loc }) => loc?.start)];
}

function pathOf({ path }: GraphQLResolveInfo): unknown {
  const keys: (string | number)[] = [];
  for (let part: typeof path | undefined = path; part; part = part.prev) keys.push(part.key);
  return keys;
}

function valueOf(schema: GraphQLSchema, type: GraphQLOutputType, seed: string, random: Random): unknown {
  if (isNonNullType(type) ? random.below(1_000) < unexpectedNulls : random.chance(0.15)) return null;
  const inner = getNullableType(type);
  if (isListType(inner)) {
    return Array.from({ length: random.below(4) }, (_, index) =>
      valueOf(schema, inner.ofType as GraphQLOutputType, `${seed}[${index}]`, random),
    );
  }
  const named = getNamedType(inner);
  if (isAbstractType(named)) return objectOf(schema, random.oneOf(schema.getPossibleTypes(named)), seed);
  if (isObjectType(named)) return objectOf(schema, named, seed);
  if (isEnumType(named)) return random.oneOf(named.getValues()).value;
  return leafOf(named.name, seed, random);
}

function leafOf(name: string, seed: string, random: Random): unknown {
  switch (name) {
    case "Boolean":
      return random.chance(0.5);
    case "Int":
      return random.below(5);
    case "Float":
      return random.next();
    case "DateTime":
      return new Date(random.below(2 ** 31) * 1_000);
    case "LocalDate":
      return `2027-02-${10 + random.below(18)}`;
    default:
      return `${name} ${hashOf(seed)}`;
  }
}

/** An object whose properties are made when they are read. */
function objectOf(schema: GraphQLSchema, type: GraphQLObjectType, seed: string): object {
  const object = { __typename: type.name, seed };
  for (const field of Object.values(type.getFields())) {
    if (field.resolve) continue;
    const own = `${seed}.${field.name}`;
    Object.defineProperty(object, field.name, {
      get: () => valueOf(schema, field.type, own, createRandom(hashOf(own))),
    });
  }
  return object;
}
