import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "../../logger";
import { rejectedPoints } from "../../services/rateLimits";
import type { Tracing } from "../../tracing/tracing";
import { isCharged, rejectionOf } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import { setRequestId, requestIdIn } from "./requestId";
import type { IsAllowedOrigin } from "../auth/origins";
import type { Route } from "./route";
import type { Metrics } from "../observability/metrics";
import { cors } from "./cors";
import type { ErrorResponses } from "./errorResponses";
import { protocolError } from "./protocolErrors";
import { rejectUpgrade } from "./rejectUpgrade";
import { requestUrlOf } from "./requestUrl";
import { isWebSocketUpgrade, serveWithoutUpgrade } from "./upgrades";

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  readonly logger: Logger;
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** Whether requests to a host, as the header names it, are served. */
  isServedHost(host: string | undefined): boolean;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly errorResponses: ErrorResponses;
  /** Takes points from the budget of the address that a request comes from. Rejects with RateLimitedError. */
  charge(request: IncomingMessage, points: number): Promise<void>;
  /** Takes over a request for a WebSocket at /graphql. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Milliseconds in which the headers, and all of a request, must have come. */
  readonly timings: { readonly headers: number; readonly request: number };
}

/** Requests that a connection may have in hand: with one more, sent without waiting for a response, it is cut off. */
const maxPipelined = 10;
/** Bytes of the target of a request. */
const maxUrlLength = 8_000;

/** The HTTP server: finds the route of a path, and responds to requests without one. Not yet listening. */
export function createHttpServer(options: HttpServerOptions): Server {
  const dispatcher = new Dispatcher(options);
  const { timings } = options;
  const server = createServer(
    {
      headersTimeout: timings.headers,
      requestTimeout: timings.request,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(1_000, timings.headers),
      requireHostHeader: false, // `dispatch` requires it, and responds in JSON
    },
    (request, response) => dispatcher.receive(request, response),
  );
  server.on("checkExpectation", (request, response) => dispatcher.receive(request, response));
  server.on("upgrade", (request, socket, head) => {
    if (isWebSocketUpgrade(request)) dispatcher.upgrade(request, socket, head);
    else serveWithoutUpgrade(server, request, socket, head);
  });
  server.on("connect", (request, socket) => {
    dispatcher.rejectUpgrade(request, socket, new RequestError("METHOD_NOT_ALLOWED", "This server is not a proxy."));
  });
  server.on("clientError", (error, socket) => dispatcher.rejectConnection(error, socket));
  return server;
}

/** Dispatches each request to its route, or rejects it. */
class Dispatcher {
  readonly #options: HttpServerOptions;
  /** By connection: the requests in hand, and the response that is written now or next. */
  readonly #inHand = new WeakMap<Duplex, Set<ServerResponse>>();

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  receive(request: IncomingMessage, response: ServerResponse): void {
    if (this.#count(request.socket, response) > maxPipelined) return void request.socket.destroy();
    setRequestId(request, response);
    void this.#dispatch(request, response).catch((error: unknown) => this.#reject(request, response, error));
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    if (!this.#options.isServedHost(request.headers.host)) return this.rejectUpgrade(request, socket, misdirected());
    if (requestUrlOf(request).pathname === "/graphql") return this.#options.upgrade(request, socket, head);
    this.rejectUpgrade(request, socket, new RequestError("NOT_FOUND", "WebSockets are at /graphql."));
  }

  rejectUpgrade(request: IncomingMessage, socket: Duplex, error: RequestError): void {
    socket.on("error", () => socket.destroy());
    void this.#options.charge(request, rejectedPoints).catch(ignore);
    rejectUpgrade(socket, rejectionOf(error, this.#options));
  }

  /** The bytes on a connection are not a request, or do not come to an end. */
  rejectConnection(error: Error, socket: Duplex): void {
    const [response] = this.#inHand.get(socket) ?? [];
    if (!socket.writable || response?.headersSent === true) return void socket.destroy();
    rejectUpgrade(socket, rejectionOf(protocolError(error), this.#options));
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { routes, metrics, tracing, isAllowedOrigin, isServedHost } = this.#options;
    if (!isServedHost(request.headers.host)) throw misdirected();
    const url = requestUrlOf(request);
    const route = routes.find(({ path }) => matches(path, url.pathname));
    measure(request, response, route?.path ?? "none", metrics);
    verifyRequest(request);
    if (route === undefined) {
      throw new RequestError("NOT_FOUND", "There is nothing at this path. GraphQL is at /graphql.");
    }
    cors(request, response, isAllowedOrigin);
    const allow = [...route.methods, "OPTIONS"].join(", ");
    if (request.method === "OPTIONS") return void response.writeHead(204, { allow }).end();
    if (!route.methods.includes(request.method ?? "")) {
      throw new RequestError("METHOD_NOT_ALLOWED", `Use ${route.methods.join(", ")}.`, { allow });
    }
    await traced(tracing, request, response, route, () => route.handle(request, response, url));
  }

  async #reject(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    const { logger, charge, errorResponses } = this.#options;
    const rejection = rejectionOf(error, { logger: logger.child({ requestId: requestIdIn(response) }) });
    if (isCharged(rejection.status)) await charge(request, rejectedPoints).catch(ignore);
    if (response.headersSent) response.destroy();
    else await errorResponses.sendRejection(response, rejection);
  }

  /** Counts the requests of a connection that are in hand, with this one. */
  #count(socket: Socket, response: ServerResponse): number {
    const inHand = this.#inHand.get(socket) ?? new Set();
    this.#inHand.set(socket, inHand.add(response));
    response.once("close", () => inHand.delete(response));
    return inHand.size;
  }
}

function misdirected(): RequestError {
  const message =
    "Only for this machine. Use an address such as http://localhost, or set HOST or PUBLIC_URL to this name.";
  return new RequestError("MISDIRECTED_REQUEST", message);
}

/** Throws RequestError: URI_TOO_LONG, or BAD_USER_INPUT without a Host (RFC 9112, 3.2). */
function verifyRequest({ url = "", headers, httpVersionMajor, httpVersionMinor }: IncomingMessage): void {
  if (url.length > maxUrlLength) {
    throw new RequestError("URI_TOO_LONG", `The address is longer than ${maxUrlLength} bytes. Use POST.`);
  }
  if (headers.host === undefined && httpVersionMajor === 1 && httpVersionMinor > 0) {
    throw new RequestError("BAD_USER_INPUT", "The request has no Host.", { connection: "close" });
  }
}

const methods = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

/** Counts a request once its response is written, or its connection is gone. */
function measure(request: IncomingMessage, response: ServerResponse, route: string, metrics: Metrics): void {
  const began = performance.now();
  response.once("close", () => {
    const method = methods.has(request.method ?? "") ? (request.method ?? "") : "other";
    metrics.requests.inc({ route, method, status: response.writableFinished ? response.statusCode : "aborted" });
    if (isStream(response)) return;
    metrics.requestDuration.observe({ route }, (performance.now() - began) / 1_000);
  });
}

/** A request that has a route, as a span: by its route, since a path may hold the key to a form. */
async function traced(
  tracing: Tracing,
  request: IncomingMessage,
  response: ServerResponse,
  { path, methods: known }: Route,
  handle: () => Promise<void> | void,
): Promise<void> {
  const method = known.find((one) => one === request.method) ?? "other";
  const facts = { "http.request.method": method, "http.route": path };
  await tracing.span(`${method} ${path}`, { kind: "server", facts, headers: request.headers }, async (span) => {
    await handle();
    span.note({ "http.response.status_code": response.statusCode });
    if (response.statusCode >= 500) span.fail(String(response.statusCode));
  });
}

function isStream(response: ServerResponse): boolean {
  return String(response.getHeader("content-type")).startsWith("text/event-stream");
}

function matches(path: string, pathname: string): boolean {
  return path.length > 1 && path.endsWith("/") ? pathname.startsWith(path) : pathname === path;
}

/** A budget that is exceeded here stops the next request. */
function ignore(): void {}
