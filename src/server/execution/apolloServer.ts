import { ApolloServer, HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import type { ExecutionResult } from "graphql";
import type { Logger } from "../../logger";
import type { RequestContext } from "../../resolvers/requestContext";
import { maskError } from "./maskError";
import type { OperationCache } from "./operationCache";

/** The `contextValue` of Apollo Server's plugins. */
export interface ApolloContext {
  readonly context: RequestContext;
  /** Executes the compiled operation. The errors in the result are masked. Never rejects. */
  execute(): Promise<ExecutionResult>;
}

/**
 * Apollo Server, which runs the queries and mutations of every transport, so that its plugins apply to all of them.
 * It takes documents from the cache, where the pipeline has put them after limits and validation, and has the
 * compiled operation executed.
 */
export function createApolloServer(operations: OperationCache, logger: Logger): ApolloServer<ApolloContext> {
  return new ApolloServer<ApolloContext>({
    schema: operations.schema,
    introspection: true,
    documentStore: {
      get: async (key) => operations.documentOf(key.slice(-hashLength)), // Apollo Server puts a hash of the schema before it
      set: async () => {},
      delete: async () => false,
    },
    persistedQueries: false,
    formatError: (_formatted, error) => maskError(error, logger).toJSON(),
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger,
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), executeCompiled],
  });
}

/** Characters of a SHA-256. */
const hashLength = 64;

const executeCompiled: ApolloServerPlugin<ApolloContext> = {
  requestDidStart: async () => ({
    responseForOperation: async ({ contextValue }) => respond(await contextValue.execute()),
  }),
};

function respond({ errors, ...result }: ExecutionResult): GraphQLResponse {
  const singleResult = { ...result, ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
  return { http: { headers: new HeaderMap() }, body: { kind: "single", singleResult } } as GraphQLResponse;
}
