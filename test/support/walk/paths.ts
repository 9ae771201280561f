import { getNamedType, isLeafType, isObjectType, type GraphQLObjectType, type GraphQLSchema } from "graphql";
import { operationLimits } from "../../../src/resolvers/operationLimits";
import type { TestApi } from "../testApi";

/** One's own lists, where paths begin. */
const lists = ["cocpRecords", "billingAccounts", "cocpEvents"];

/** A document that goes from a list of one's own from object to object, and asks everything of those that it ends at. */
export interface Path {
  readonly list: string;
  /** Such as nodes.request.records.newPartner. */
  readonly name: string;
  readonly document: string;
}

/** Every path through the schema that comes by no type more than twice, and is no longer than an operation may be. */
export function pathsOf(schema: GraphQLSchema): Path[] {
  return lists.flatMap((list) => {
    const type = getNamedType(schema.getQueryType()?.getFields()[list]?.type);
    if (!isObjectType(type)) throw new Error(`There is no list ${list}`);
    return pathsFrom(type, "nodes", []).map(({ name, selection }) => ({
      list,
      name: `${list}.${name}`,
      document: `query ($first: Int, $after: String) { ${list}(first: $first, after: $after) {
        ${selection} pageInfo { hasNextPage endCursor } } }`,
    }));
  });
}

/** The path to a field's objects, and each that goes on from them. */
function pathsFrom(
  type: GraphQLObjectType,
  name: string,
  passed: readonly GraphQLObjectType[],
): { name: string; selection: string }[] {
  const next = getNamedType(type.getFields()[name]?.type);
  if (!isObjectType(next) || passed.filter((one) => one === next).length === 2) return [];
  const along = [...passed, next];
  if (along.length + 2 > operationLimits.depth) return [];
  const fields = Object.values(next.getFields()).filter(({ args }) => args.length === 0);
  const words = fields.filter((field) => isLeafType(getNamedType(field.type))).map((field) => field.name);
  const told = next.name === "CocpForm" ? ["fileName"] : words; // the walk looks at forms by themselves
  return [
    { name, selection: `${name} { __typename ${told.join(" ")} }` },
    ...fields
      .flatMap((field) => pathsFrom(next, field.name, along))
      .map((further) => ({ name: `${name}.${further.name}`, selection: `${name} { ${further.selection} }` })),
  ];
}

/**
 * Follows a path as a person to the end of its list, by as large pages as the limits let through. Gives the answers as texts;
 * null when not even one entry may be asked for.
 */
export async function follow(api: TestApi, email: string, { list, document }: Path): Promise<string[] | null> {
  const texts: string[] = [];
  for (let first = 20, after: string | null = null; ;) {
    const answer = await api.ask(email, document, { first, after });
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
