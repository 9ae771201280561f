import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType, type GraphQLSchema } from "graphql";
import { operationLimits } from "../../../src/server/execution/operationLimits";
import type { TestApi } from "../api/testApi";
import { Variables, type Place } from "./operations";

/** One's own lists, where paths begin. */
const lists = ["cocpRecords", "billingAccounts", "cocpEvents"];

/**
 * A document that goes from a list of one's own from object to object, and asks everything of those that it ends at.
 */
export interface Path {
  readonly list: string;
  /** Such as nodes.request.records.newPartner. */
  readonly name: string;
  readonly document: string;
  /** In the arguments along the path. */
  readonly places: readonly Place[];
}

/** Every path through the schema that comes by no type more than twice, and is no longer than an operation may be. */
export function pathsOf(schema: GraphQLSchema): Path[] {
  return lists.flatMap((list) => {
    const type = getNamedType(schema.getQueryType()?.getFields()[list]?.type);
    if (!isObjectType(type)) throw new Error(`There is no list ${list}`);
    return namesFrom(type, "nodes", []).map((names) => pathAlong(list, type, names));
  });
}

/** The path to a field's objects, and each that goes on from them, by the names of their fields. */
function namesFrom(type: GraphQLObjectType, name: string, passed: readonly GraphQLObjectType[]): string[][] {
  const next = getNamedType(type.getFields()[name]?.type);
  if (!isObjectType(next) || passed.filter((one) => one === next).length === 2) return [];
  const along = [...passed, next];
  if (along.length + 2 > operationLimits.depth) return [];
  const further = Object.keys(next.getFields()).flatMap((field) => namesFrom(next, field, along));
  return [[name], ...further.map((names) => [name, ...names])];
}

function pathAlong(list: string, type: GraphQLObjectType, names: readonly string[]): Path {
  const variables = new Variables();
  const selection = selectionAlong(type, names, variables);
  const { places, declared } = variables;
  const more = declared.slice(1, -1);
  return {
    list,
    name: `${list}.${names.join(".")}`,
    document: `query ($first: Int, $after: String ${more}) { ${list}(first: $first, after: $after) {
      ${selection} pageInfo { hasNextPage endCursor } } }`,
    places,
  };
}

function selectionAlong(
  type: GraphQLObjectType,
  [name = "", ...names]: readonly string[],
  variables: Variables,
): string {
  const field = type.getFields()[name];
  const next = getNamedType(field?.type);
  if (field === undefined || !isObjectType(next)) throw new Error(`There are no objects at ${type.name}.${name}`);
  const call = `${name}${variables.givenTo(field, type)}`;
  if (names.length > 0) return `${call} { ${selectionAlong(next, names, variables)} }`;
  const words = Object.values(next.getFields()).filter((one) => isLeafType(getNamedType(one.type)));
  const told = words.map((word) => `${word.name}${variables.givenTo(word, next)}`);
  // The walk looks at forms by themselves.
  return `${call} { __typename ${(next.name === "CocpForm" ? ["fileName"] : told).join(" ")} }`;
}

/**
 * Follows a path as a person to the end of its list, by as large pages as the limits let through. Gives the answers
 * as texts; null when not even one entry may be asked for.
 */
export async function follow(
  api: TestApi,
  email: string,
  { list, document }: Path,
  variables: Record<string, unknown> = {},
): Promise<string[] | null> {
  const texts: string[] = [];
  for (let first = 20, after: string | null = null; ;) {
    const answer = await api.ask(email, document, { ...variables, first, after });
    const code = answer.errors?.[0]?.extensions["code"];
    if (code === "QUERY_TOO_COMPLEX") {
      if (first === 1) return null;
      first = Math.floor(first / 2);
      continue;
    }
    if (code !== undefined) throw new Error(`${email} ${document}: ${JSON.stringify(answer.errors)}`);
    texts.push(JSON.stringify(answer.data));
    const { hasNextPage, endCursor } = answer.data[list].pageInfo;
    if (!hasNextPage) return texts;
    after = endCursor;
  }
}
