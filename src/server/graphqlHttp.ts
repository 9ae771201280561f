import type { IncomingMessage, ServerResponse } from "node:http";
import { ApolloServer, HeaderMap, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLSchema } from "graphql";
import type { Logger } from "../logger";
import type { RequestContext } from "../resolvers/requestContext";
import { maskError } from "../resolvers/maskError";
import { compileCost } from "../resolvers/operationCost";
import {
  checkCost,
  checkVariables,
  parseOptions,
  validationOptions,
  validationRules,
  variablesOptions,
} from "../resolvers/operationRules";
import { statusOfRefusal } from "./answerStatus";
import type { ObservedOperation, OperationObserver } from "./operationObserver";
import { readJsonBody } from "./readBody";
import { refuse } from "./refuse";
import { requestIdIn } from "./requestId";
import type { Route } from "./routes";

export interface GraphqlHttpOptions {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly observer: OperationObserver;
  /** Throws UnauthenticatedError. */
  contextFor(authorization: string | undefined): Promise<RequestContext>;
}

/** By the loaders, since Apollo Server copies the context. */
const observed = new WeakMap<RequestContext["loaders"], ObservedOperation>();

/** What Apollo Server does not check by itself. */
const operationChecks: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async ({ contextValue }) => ({
    didResolveOperation: async ({ schema, document, operation, request }) => {
      const seen = observed.get(contextValue.loaders);
      if (seen && operation) seen.operation = operation;
      if (operation?.operation === "subscription") {
        throw new GraphQLError("Subscribe over a WebSocket (graphql-transport-ws) on this same path.", {
          extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
        });
      }
      checkVariables(request.variables);
      if (operation) checkCost(compileCost(schema, document, operation)(request.variables), operation.operation);
    },
    willSendResponse: async ({ response, request, operation }) => {
      const { body, http } = response;
      if (body.kind !== "single") return;
      observed.get(contextValue.loaders)?.end(body.singleResult.errors);
      const codes = (body.singleResult.errors ?? []).map(({ extensions }) => extensions?.["code"]);
      if (codes.includes("SERVICE_UNAVAILABLE")) http.status = 503;
      const limited = body.singleResult.errors?.find(({ extensions }) => extensions?.["code"] === "RATE_LIMITED");
      if (limited !== undefined) {
        http.status = 429;
        http.headers.set("retry-after", String(limited.extensions?.["retryAfter"]));
      }
      if (http.status === 400 && operation?.operation !== "subscription") {
        http.status = statusOfRefusal(request.http?.headers.get("accept"), codes);
      }
    },
  }),
};

/** GraphQL over HTTP: POST, and GET for queries with a preflight header. */
export async function createGraphqlHttp({ schema, logger, observer, contextFor }: GraphqlHttpOptions) {
  const apollo = new ApolloServer<RequestContext>({
    schema,
    introspection: true,
    parseOptions,
    validationRules,
    validationOptions,
    executionOptions: { maxCoercionErrors: variablesOptions.maxErrors },
    formatError: (formatted, error) => maskError(formatted, error, logger),
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger: apolloLogger(logger),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), operationChecks],
  });
  await apollo.start();

  const handle: Route["handle"] = async (request, response, url) => {
    const seen = observer.begin("http", requestIdIn(response));
    try {
      const context = await contextFor(request.headers.authorization);
      seen.viewer = context.viewer;
      observed.set(context.loaders, seen);
      const body = request.method === "POST" ? await readJsonBody(request) : undefined;
      await execute(apollo, request, response, { context, body, search: url.search });
      seen.end();
    } catch (error) {
      seen.end([refuse(response, error, seen.logger)]);
    }
  };
  const route: Route = { methods: ["GET", "POST"], path: "/graphql", handle };
  return { route, stop: () => apollo.stop() };
}

async function execute(
  apollo: ApolloServer<RequestContext>,
  request: IncomingMessage,
  response: ServerResponse,
  { context, body, search }: { context: RequestContext; body: unknown; search: string },
): Promise<void> {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const result = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method ?? "GET", headers, search, body },
    context: async () => context,
  });
  for (const [name, value] of result.headers) response.setHeader(name, value);
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  response.statusCode = result.status ?? 200;
  if (result.body.kind === "complete") response.end(result.body.string);
  else throw new Error("Incremental delivery is not offered");
}

function apolloLogger(logger: Logger) {
  return {
    debug: (message: unknown) => logger.trace(String(message)),
    info: (message: unknown) => logger.debug(String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
    error: (message: unknown) => logger.error(String(message)),
  };
}
