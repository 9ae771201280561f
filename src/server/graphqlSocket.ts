import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { getOperationAST, GraphQLError, type GraphQLFormattedError } from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer, type WebSocket } from "ws";
import type { Logger } from "../logger";
import type { RequestContext } from "../resolvers/requestContext";
import { UnauthenticatedError } from "../services/readViewer";
import type { TokenIdentity } from "./accessTokens";
import { maxConnectionsPerViewer, type Connections } from "./connections";
import type { OperationObserver } from "./operationObserver";
import type { Operations } from "./operations";
import { requestIdOf } from "./requestId";
import { createStreamOperations } from "./streamOperations";
import { longestTimer } from "./timers";

export interface GraphqlSocketOptions {
  readonly operations: Operations;
  readonly logger: Logger;
  readonly observer: OperationObserver;
  readonly allowedOrigins: readonly string[];
  readonly connections: Connections;
  /** Throws UnauthenticatedError. */
  identify(authorization: string | undefined): Promise<TokenIdentity>;
  contextOf(identity: TokenIdentity): Promise<RequestContext>;
}

export interface GraphqlSocket {
  /** Takes a connection over that asks to become a WebSocket on `/graphql`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes all sockets with 1001: stock clients reconnect to another node. */
  stop(): Promise<void>;
}

/** Bytes of one message from a client. */
const maxMessageBytes = 64 * 1024;
const maxFragments = 16;
const initTimeout = 3_000;
const maxSubscriptionsPerSocket = 50;
/** Characters of the id that a client gives an operation. */
const maxIdLength = 128;
/** Stopping closes so many sockets at once, and the next after a pause, so that not all come back in one moment. */
const drainBatch = 100;
const drainPause = 50;
/** Milliseconds that clients are given to answer the closing. */
const closingTime = 2_000;

// A type, since graphql-ws wants an index signature.
type SocketState = { identity?: TokenIdentity; requestId?: string; operations?: number };

/** GraphQL over WebSocket (`graphql-transport-ws`): the same schema, rules and masking as over HTTP. */
export function createGraphqlSocket(options: GraphqlSocketOptions): GraphqlSocket {
  const { operations, logger, observer, allowedOrigins, connections, identify, contextOf } = options;
  let isDraining = false;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    maxFragments,
    perMessageDeflate: false,
  });
  const streamed = createStreamOperations(operations, contextOf);
  const requestIds = new WeakMap<IncomingMessage, string>();
  server.on("headers", (headers, request) => {
    const id = requestIdOf(request);
    requestIds.set(request, id);
    headers.push(`X-Request-Id: ${id}`);
  });
  const disposable = useServer<Record<string, unknown>, SocketState>(
    {
      schema: operations.schema,
      connectionInitWaitTimeout: initTimeout,
      onConnect: async ({ connectionParams, extra }) => {
        try {
          extra.requestId = requestIds.get(extra.request) ?? requestIdOf(extra.request);
          extra.identity = await identify(authorizationIn(connectionParams));
          closeAtExpiry(extra.socket, extra.identity.expiresAt);
          return isAdmitted(extra.socket, connections.admit(extra.identity.email));
        } catch (error) {
          closeUnauthenticated(extra.socket, error, logger);
          return false;
        }
      },
      onSubscribe: async ({ extra, subscriptions }, id, payload) => {
        const { identity, socket } = extra;
        if (identity === undefined) throw new Error("A socket that subscribes has said who it is");
        extra.operations = (extra.operations ?? 0) + 1;
        const observed = observer.begin("websocket", `${extra.requestId}/${extra.operations}`);
        const problem = id.length > maxIdLength ? refuseId(socket) : tooManySubscriptions(subscriptions);
        if (problem !== null) {
          observed.viewer = identity;
          observed.end([problem]);
          return [problem];
        }
        const prepared = await streamed.prepare(identity, payload, observed);
        return Array.isArray(prepared) ? prepared : { ...prepared, deliver: delivererTo(socket, id) };
      },
      execute: streamed.execute,
      subscribe: streamed.subscribe,
      onNext({ extra }, _id, _payload, { document, operationName }, { errors }) {
        if (errors === undefined) return;
        const operation = getOperationAST(document, operationName)?.operation;
        if (operation === "subscription") closeToResume(extra.socket, errors);
      },
      onError({ extra }, _id, _payload, errors) {
        closeToResume(extra.socket, errors);
      },
    },
    server,
  );
  return {
    upgrade(request, socket, head) {
      if (isDraining) return rejectUpgrade(socket, "503 Service Unavailable");
      if (!isOriginAllowed(request.headers.origin, allowedOrigins)) return rejectUpgrade(socket, "403 Forbidden");
      server.handleUpgrade(request, socket, head, (client) => {
        connections.watch(request.socket, () => giveUp(client, logger));
        server.emit("connection", client, request);
      });
    },
    async stop() {
      isDraining = true;
      const clients = [...server.clients];
      for (let first = 0; first < clients.length; first += drainBatch) {
        if (first > 0) await pause(drainPause);
        for (const client of clients.slice(first, first + drainBatch)) client.close(1001, "Going away");
      }
      const late = setTimeout(() => server.clients.forEach((client) => client.terminate()), closingTime);
      await disposable.dispose();
      clearTimeout(late);
    },
  };
}

/** Writes `next` messages of an operation whose payload is JSON already; resolves when the socket has taken one. */
function delivererTo(socket: WebSocket, id: string): (json: string) => Promise<void> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return (json) =>
    new Promise((resolve) => {
      if (socket.readyState === socket.OPEN) socket.send(`${head}${json}}`, () => resolve());
      else resolve();
    });
}

/** `authorization`, `Authorization`, or either within `headers`. */
function authorizationIn(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const places = [params, params?.["headers"]];
  for (const place of places) {
    if (typeof place !== "object" || place === null) continue;
    const entry = Object.entries(place).find(([name]) => name.toLowerCase() === "authorization");
    if (typeof entry?.[1] === "string") return entry[1];
  }
  return undefined;
}

function closeAtExpiry(socket: WebSocket, expiresAt: Date): void {
  const rest = Math.min(expiresAt.getTime() - Date.now(), longestTimer);
  const timer = setTimeout(() => socket.close(CloseCode.Forbidden, "token-expired"), rest);
  socket.once("close", () => clearTimeout(timer));
}

/** 4429 is final for stock clients: another try would fail as well. */
function isAdmitted(socket: WebSocket, release: (() => void) | null): boolean {
  if (release === null) {
    socket.close(CloseCode.TooManyInitialisationRequests, `At most ${maxConnectionsPerViewer} connections a person`);
    return false;
  }
  socket.once("close", release);
  return true;
}

/** The peer has stopped reading: it is told why, should it ever read again, and let go of. */
function giveUp(socket: WebSocket, logger: Logger): void {
  logger.info("a socket that is not read any more is closed");
  socket.close(1013, "SLOW_CONSUMER");
  socket.terminate();
}

function refuseId(socket: WebSocket): GraphQLError {
  const reason = `An operation's id has at most ${maxIdLength} characters`;
  socket.close(CloseCode.BadRequest, reason);
  return new GraphQLError(reason, { extensions: { code: "BAD_USER_INPUT" } });
}

function tooManySubscriptions(subscriptions: object): GraphQLError | null {
  if (Object.keys(subscriptions).length <= maxSubscriptionsPerSocket) return null;
  const message = `A socket carries at most ${maxSubscriptionsPerSocket} operations at once: end one, or open another socket.`;
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
}

/** 4401 is final for stock clients; 4403 makes them fetch a new token and resume; 1013 makes them try again. */
function closeUnauthenticated(socket: WebSocket, error: unknown, logger: Logger): void {
  if (!(error instanceof UnauthenticatedError)) {
    logger.warn({ cause: String(error) }, "a socket could not be authenticated");
    return socket.close(1013, "Try again later");
  }
  if (error.expired) return socket.close(CloseCode.Forbidden, "token-expired");
  socket.close(CloseCode.Unauthorized, "Unauthorized");
}

/**
 * Stock clients take an error for the end of a subscription. One that passes closes the socket instead, so that they
 * come back and resume by cursor.
 */
function closeToResume(socket: WebSocket, errors: readonly Pick<GraphQLFormattedError, "extensions">[]): void {
  const codes = errors.map(({ extensions }) => extensions?.["code"]);
  if (codes.includes("UNAUTHENTICATED")) socket.close(CloseCode.Forbidden, "token-expired");
  else if (codes.includes("SERVICE_UNAVAILABLE")) socket.close(1013, "Try again later");
}

/** A browser names its page's origin; other clients name none. */
function isOriginAllowed(origin: string | undefined, allowed: readonly string[]): boolean {
  return origin === undefined || allowed.includes(origin);
}

function rejectUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
