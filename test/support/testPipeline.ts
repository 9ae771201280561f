import type { GraphQLSchema } from "graphql";
import { OperationCache } from "../../src/server/execution/operationCache";
import { OperationPipeline } from "../../src/server/execution/operationPipeline";
import { createFairTurns } from "../../src/server/fairTurns";

/** A pipeline whose stages are called one by one: nobody signs in. */
export function createTestPipeline(schema: GraphQLSchema) {
  const operations = new OperationCache(schema);
  const contextOf = () => Promise.reject(new Error("Nobody signs in here"));
  const pipeline = new OperationPipeline({
    operations,
    trusted: null,
    turns: createFairTurns(() => false),
    contextOf,
  });
  return { operations, pipeline };
}
