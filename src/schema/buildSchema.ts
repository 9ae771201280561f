import { isInterfaceType, lexicographicSortSchema, printSchema, type GraphQLSchema } from "graphql";
import { buildSchemaSync, type BuildSchemaOptions } from "type-graphql";
import "./answerEnums";
import "./directoryEnums";
import type { TypedNode } from "./node";
import "./recordEnums";

/** type-graphql asks for one, although every subscription here brings its own `subscribe`. */
const noPubSub: BuildSchemaOptions["pubSub"] = {
  publish: () => fail(),
  subscribe: () => fail(),
};

function fail(): never {
  throw new Error("Nothing is published here: a subscription reads the event log.");
}

/**
 * The executable schema of the given resolver classes. Root fields are open to everyone until applyAccessRules is
 * called. Throws when a resolver does not fit the schema classes.
 */
export function buildChangeoverSchema(resolvers: BuildSchemaOptions["resolvers"]): GraphQLSchema {
  const schema = buildSchemaSync({ resolvers, validate: false, pubSub: noPubSub });
  nameNodes(schema);
  describe(
    schema.getQueryType(),
    "Reads. What the viewer may not see does not exist for it: the same answer, no hint.",
  );
  describe(
    schema.getMutationType(),
    "Changes. Problems that the user can fix are in the payload's userErrors; others are GraphQL errors with a code.",
  );
  describe(schema.getSubscriptionType(), "Live events, over a WebSocket.");
  return schema;
}

/** type-graphql's own is a promise, which the compiled executor does not wait for. */
function nameNodes(schema: GraphQLSchema): void {
  const node = schema.getType("Node");
  if (isInterfaceType(node)) node.resolveType = (value: TypedNode) => value.__typename;
}

/** type-graphql has no place to describe a root type. */
function describe(type: ReturnType<GraphQLSchema["getQueryType"]>, description: string): void {
  if (type) type.description = description;
}

/** The SDL, in alphabetical order so that it only changes when the contract does: what `schema.graphql` holds. */
export function printContract(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
