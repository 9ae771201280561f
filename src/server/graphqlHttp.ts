import type { IncomingMessage, ServerResponse } from "node:http";
import { ApolloServer, HeaderMap, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type ExecutionResult } from "graphql";
import type { Logger } from "../logger";
import type { RequestContext } from "../resolvers/requestContext";
import { maskError } from "../resolvers/maskError";
import { parseOptions, validationOptions, validationRules } from "../resolvers/operationRules";
import { answer } from "./answers";
import { statusOfRefusal, statusOfResult } from "./answerStatus";
import { answerType } from "./answerType";
import type { ObservedOperation, OperationObserver } from "./operationObserver";
import type { Operation, Operations, Variables } from "./operations";
import { excessIn, withDocument } from "./httpDocument";
import { createKeptDocuments } from "./keptDocuments";
import { readJsonBody } from "./readBody";
import { refuse } from "./refuse";
import { requestIdIn } from "./requestId";
import type { Route } from "./routes";
import type { TakeTurn } from "./fairTurns";

export interface GraphqlHttpOptions {
  readonly operations: Operations;
  readonly logger: Logger;
  readonly observer: OperationObserver;
  readonly takeTurn: TakeTurn;
  /** Throws UnauthenticatedError, UnavailableError or RateLimitedError. */
  contextFor(request: IncomingMessage): Promise<RequestContext>;
}

/** What belongs to a request that Apollo Server reads. */
interface Read {
  readonly observed: ObservedOperation;
  takeTurn(): Promise<void>;
}

/** By the loaders, since Apollo Server copies the context. */
const inReading = new WeakMap<RequestContext["loaders"], Read>();

/**
 * GraphQL over HTTP: POST, and GET for queries with a preflight header. Apollo Server reads a request whose operation is
 * new, and refuses what is none; what it has admitted once is answered from then on without it, by the same pipeline.
 */
export async function createGraphqlHttp(options: GraphqlHttpOptions) {
  const { operations, logger, observer, takeTurn, contextFor } = options;
  const apollo = new ApolloServer<RequestContext>({
    schema: operations.schema,
    introspection: true,
    parseOptions,
    validationRules,
    validationOptions,
    formatError: (formatted, error) => maskError(formatted, error, logger),
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    documentStore: createKeptDocuments(),
    stopOnTerminationSignals: false,
    logger: apolloLogger(logger),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      runByPipeline(operations),
    ],
  });
  await apollo.start();

  const handle: Route["handle"] = async (request, response, url) => {
    const observed = observer.begin("http", requestIdIn(response));
    try {
      const context = await contextFor(request);
      observed.viewer = context.viewer;
      const { accept } = request.headers;
      const contentType = answerType(accept);
      const sent = request.method === "POST" ? await readJsonBody(request, context.payer) : undefined;
      const asked = operations.hasTrusted
        ? withDocument(operations, sent, url, observed)
        : { body: sent, search: url.search };
      if (asked instanceof GraphQLError) return await refuseUnread(response, asked, { context, observed, accept });
      const { body, search } = asked;
      const repeated = repetition(operations, body);
      if (repeated !== null) {
        const { operation, variables } = repeated;
        const performed = await perform(operations, operation, { variables, context, observed, accept });
        const { result, status, headers } = performed;
        answer(response, status, contentType, stringify(result), headers);
        return observed.end(result.errors);
      }
      await takeTurn(request, () => response.destroyed);
      if (response.destroyed) return observed.end();
      const excess = excessIn(operations, body, search, observed);
      if (excess !== null) return await refuseUnread(response, excess, { context, observed, accept });
      inReading.set(context.loaders, { observed, takeTurn: () => takeTurn(request) });
      await askApollo(apollo, request, response, { context, body, search });
      observed.end();
    } catch (error) {
      observed.end([refuse(response, error, observed.logger)]);
    }
  };
  const route: Route = { methods: ["GET", "POST"], path: "/graphql", handle };
  return { route, stop: () => apollo.stop() };
}

/** Hands an operation that Apollo Server has read, and found valid, over to the pipeline. */
function runByPipeline(operations: Operations): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async ({ request, contextValue: context }) => {
      const accept = request.http?.headers.get("accept");
      const read = inReading.get(context.loaders);
      if (read === undefined) throw new Error("Every request is observed");
      const { observed, takeTurn } = read;
      return {
        async didResolveOperation({ operation }) {
          if (operation?.operation !== "subscription") return;
          observed.operation = operation;
          throw new GraphQLError("Subscribe over a WebSocket (graphql-transport-ws) on this same path.", {
            extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
          });
        },
        async responseForOperation({ source, document }) {
          const { operationName, variables } = request;
          const operation = operations.admit(source, operationName, document);
          if (operation === null) return null; // Apollo Server says what is wrong
          await takeTurn(); // reading it was one piece of work, compiling it is another
          const performed = await perform(operations, operation, { variables, context, observed, accept });
          const { result, status, headers } = performed;
          const { data, errors, extensions } = result;
          const told = errors && { errors: errors.map((error) => error.toJSON()) };
          const singleResult = { ...("data" in result && { data }), ...told, ...(extensions && { extensions }) };
          const http = { status, headers: new HeaderMap(Object.entries(headers)) };
          return { http, body: { kind: "single", singleResult } };
        },
        async willSendResponse({ response, operation }) {
          const { body, http } = response;
          if (body.kind !== "single") return;
          const { errors = [] } = body.singleResult;
          observed.end(errors);
          if (operation === undefined && errors.length > 0) await context.payer.payRefused();
          if (http.status === 400 && operation?.operation !== "subscription")
            http.status = statusOfRefusal(accept, errors);
        },
      };
    },
  };
}

/** Answers a request whose document is not looked into. */
async function refuseUnread(
  response: ServerResponse,
  error: GraphQLError,
  { context, observed, accept }: Pick<Request, "context" | "observed" | "accept">,
): Promise<void> {
  await context.payer.payRefused();
  answer(response, statusOfRefusal(accept, [error]), answerType(accept), stringify({ errors: [error] }));
  observed.end([error]);
}

interface Repetition {
  readonly operation: Operation;
  readonly variables: Variables;
}

/** A request for an operation that was admitted before, if it is nothing but that. */
function repetition(operations: Operations, body: unknown): Repetition | null {
  if (typeof body !== "object" || body === null) return null;
  const { query, operationName, variables, ...more } = body as Readonly<Record<string, unknown>>;
  if (typeof query !== "string" || Object.keys(more).length > 0) return null;
  if (operationName != null && typeof operationName !== "string") return null;
  if (variables != null && (typeof variables !== "object" || Array.isArray(variables))) return null;
  const operation = operations.recall(query, operationName);
  if (operation === undefined || operation.definition.operation === "subscription") return null;
  return { operation, variables: variables as Variables };
}

interface Request {
  readonly variables: Variables;
  readonly context: RequestContext;
  readonly observed: ObservedOperation;
  readonly accept: string | undefined;
}

interface Performed {
  readonly result: ExecutionResult;
  /** That of the GraphQL over HTTP specification. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

async function perform(
  operations: Operations,
  operation: Operation,
  { variables, context, observed, accept }: Request,
): Promise<Performed> {
  const values = operations.coerce(operation, variables, observed);
  if (Array.isArray(values)) {
    await context.payer.payRefused();
    return { result: { errors: values }, status: statusOfRefusal(accept, values), headers: {} };
  }
  const paid = await operations.pay(context.payer, observed);
  if (paid instanceof GraphQLError) return { result: { errors: [paid] }, ...statusOfResult([paid]) };
  const { data, errors } = await operations.execute(operation, { values, context, observed });
  const result = { data, ...(errors && { errors }), extensions: { cost: paid } };
  return { result, ...statusOfResult(errors ?? []) };
}

function stringify({ data, errors, extensions }: ExecutionResult): string {
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}

async function askApollo(
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
