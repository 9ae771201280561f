import type { GraphQLSchema } from "graphql";
import { createLogger } from "../../../src/logger";
import { createApolloServer } from "../../../src/server/execution/apolloServer";
import { OperationCache } from "../../../src/server/execution/operationCache";
import { OperationPipeline } from "../../../src/server/execution/operationPipeline";
import { FairScheduler } from "../../../src/server/overload/fairScheduler";

/** A pipeline whose stages are called one by one: nobody signs in. */
export function createTestPipeline(schema: GraphQLSchema) {
  const operations = new OperationCache(schema);
  const contextOf = () => Promise.reject(new Error("Nobody signs in here"));
  const pipeline = new OperationPipeline({
    operations,
    apollo: createApolloServer(operations, createLogger("silent", "json")),
    trusted: null,
    scheduler: new FairScheduler(),
    contextOf,
  });
  return { operations, pipeline };
}
