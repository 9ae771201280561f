import type { IncomingMessage, ServerResponse } from "node:http";
import { createHandler } from "graphql-sse";
import type { GraphQLFormattedError } from "graphql";
import type { RequestContext } from "../resolvers/requestContext";
import type { TokenIdentity } from "./accessTokens";
import { answerError } from "./answers";
import type { Connections } from "./connections";
import { readJsonBody } from "./readBody";
import { refuse } from "./refuse";
import type { Route } from "./routes";
import type { ObservedOperation, OperationObserver } from "./operationObserver";
import type { Operations } from "./operations";
import { requestIdIn } from "./requestId";
import { createStreamOperations } from "./streamOperations";
import { longestTimer } from "./timers";

export interface GraphqlStreamOptions {
  readonly operations: Operations;
  readonly observer: OperationObserver;
  readonly connections: Connections;
  /** Throws UnauthenticatedError. */
  identify(authorization: string | undefined): Promise<TokenIdentity>;
  contextOf(identity: TokenIdentity): Promise<RequestContext>;
}

type EventStream = AsyncGenerator<string, void, undefined>;

/**
 * GraphQL over server-sent events (`graphql-sse`, distinct connections), for those whose proxies drop WebSockets: the same
 * operations, cursors and limits.
 */
export function createGraphqlStream({ operations, observer, connections, identify, contextOf }: GraphqlStreamOptions) {
  const streamed = createStreamOperations(operations, contextOf);
  const open = new Set<EventStream>();
  const handler = createHandler<IncomingMessage, { identity: TokenIdentity; seen: ObservedOperation }, RequestContext>({
    schema: operations.schema,
    // No tokens of graphql-sse's own: each operation has its own connection.
    authenticate: () => null,
    validate: () => [], // done by `prepare`
    onSubscribe: async ({ context: { identity, seen } }, params) => {
      const prepared = await streamed.prepare(identity, { ...params, query: params.query }, seen);
      return Array.isArray(prepared) ? { errors: prepared } : prepared;
    },
    execute: streamed.execute,
    subscribe: streamed.subscribe,
  });

  async function handle(request: IncomingMessage, response: ServerResponse, seen: ObservedOperation): Promise<void> {
    const identity = await identify(request.headers.authorization);
    seen.viewer = identity;
    const release = connections.admit(identity.email);
    if (release === null) return seen.end([tooMany(response)]);
    response.once("close", release);
    const [body, init] = await handler({
      method: request.method ?? "POST",
      url: request.url ?? "",
      headers: { get: (name) => [request.headers[name] ?? []].flat().join("\n") || null },
      body: { ...((await readJsonBody(request)) as object) },
      raw: request,
      context: { identity, seen },
    });
    response.writeHead(init.status, init.statusText, { ...init.headers, "cache-control": "no-store" });
    if (body === null || typeof body === "string") {
      seen.end(init.status < 400 ? [] : [{ extensions: { code: "BAD_USER_INPUT" } }]);
      return void response.end(body);
    }
    await pour(body, response, identity.expiresAt);
  }

  /** Writes events as fast as the client reads them, until one of the two ends or the token runs out. */
  async function pour(events: EventStream, response: ServerResponse, expiresAt: Date): Promise<void> {
    const end = () => void events.return();
    const expiry = setTimeout(end, Math.min(expiresAt.getTime() - Date.now(), longestTimer));
    if (response.socket) connections.watch(response.socket, () => response.destroy());
    response.once("close", end);
    open.add(events);
    try {
      for await (const event of events) {
        if (!response.writable || !(await isWritten(response, event))) break;
      }
    } finally {
      clearTimeout(expiry);
      open.delete(events);
      response.end();
    }
  }

  const route: Route = {
    methods: ["POST"],
    path: "/graphql/stream",
    handle: async (request, response) => {
      const seen = observer.begin("event-stream", requestIdIn(response));
      try {
        await handle(request, response, seen);
        seen.end();
      } catch (error) {
        if (response.headersSent) response.destroy();
        else seen.end([refuse(response, error, seen.logger)]);
      }
    },
  };
  return {
    route,
    /** Ends all streams: clients come back to another node. */
    stop: () => void [...open].map((events) => events.return()),
  };
}

function isWritten(response: ServerResponse, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    response.write(text, (error) => resolve(!error));
  });
}

function tooMany(response: ServerResponse): GraphQLFormattedError {
  const message = "You hold too many sockets and event streams: close one.";
  const error = { message, extensions: { code: "RATE_LIMITED", retryAfter: 60 } };
  answerError(response, 429, error, { "retry-after": "60" });
  return error;
}
