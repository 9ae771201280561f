import { createServer, ServerResponse, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "../logger";
import type { Tracing } from "../tracing";
import { answerError } from "./answers";
import type { IsAllowedOrigin } from "./auth/origins";
import { rejectUpgrade } from "./rejectUpgrade";
import { nameRequest, requestIdIn } from "./requestId";
import type { Route } from "./routes";
import type { ServiceMetrics } from "./serviceMetrics";
import type { TakeTurn } from "./fairTurns";

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  readonly logger: Logger;
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** Whether requests to a host, as the header names it, are served. */
  isServedHost(host: string | undefined): boolean;
  readonly metrics: ServiceMetrics;
  readonly tracing: Tracing;
  readonly takeTurn: TakeTurn;
  /** Takes points from the budget of the address that a request comes from. Rejects with RateLimitedError. */
  charge(request: IncomingMessage, points: number): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Milliseconds in which the headers, and all of a request, must have come. */
  readonly timings: { readonly headers: number; readonly request: number };
}

/** Requests that a connection may have in hand: who sends one more without waiting for an answer is cut off. */
const maxPipelined = 10;
/** Points that an address pays for a request that no path is for: as many as for a token that is none. */
const strayPoints = 100;

/** The HTTP server: finds the route of a path, and answers what has none. Not yet listening. */
export function createHttpServer({
  routes,
  logger,
  isAllowedOrigin,
  isServedHost,
  metrics,
  tracing,
  takeTurn,
  charge,
  upgrade,
  timings,
}: HttpServerOptions): Server {
  const pipelined = countPipelined();
  const server = createServer(
    {
      headersTimeout: timings.headers,
      requestTimeout: timings.request,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(1_000, timings.headers),
      ServerResponse: responseOf(takeTurn),
    },
    (request, response) => {
      if (pipelined(request, response) > maxPipelined) return void request.socket.destroy();
      nameRequest(request, response);
      void dispatch(request, response).catch((error: unknown) => {
        logger.error({ requestId: requestIdIn(response), error: String(error) }, "a request failed");
        if (response.headersSent) response.destroy();
        else
          answerError(response, 500, {
            message: "Internal server error",
            extensions: { code: "INTERNAL_SERVER_ERROR" },
          });
      });
    },
  );
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (!isServedHost(request.headers.host)) rejectUpgrade(socket, "421 Misdirected Request");
    else if (pathOf(request)?.pathname === "/graphql") upgrade(request, socket, head);
    else {
      void charge(request, strayPoints).catch(ignore);
      rejectUpgrade(socket, "404 Not Found");
    }
  });

  async function dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isServedHost(request.headers.host)) return misdirected(response);
    const url = pathOf(request);
    const route = url && routes.find(({ path }) => matches(path, url.pathname));
    measure(request, response, route?.path ?? "none", metrics);
    if (!url || !route) {
      await charge(request, strayPoints).catch(ignore);
      return notFound(response);
    }
    allowOrigin(request, response, isAllowedOrigin);
    if (request.method === "OPTIONS") return void response.writeHead(204, { allow: route.methods.join(", ") }).end();
    if (!route.methods.includes(request.method ?? "")) return notAllowed(response, route);
    await traced(tracing, request, response, route, () => route.handle(request, response, url));
  }
  return server;
}

/** A refusal is told in turn: who asks again at once, and is refused again, is no faster than the turns. */
function responseOf(takeTurn: TakeTurn): typeof ServerResponse {
  return class<Request extends IncomingMessage> extends ServerResponse<Request> {
    override end(...args: unknown[]): this {
      const end = () => void super.end(...(args as Parameters<ServerResponse["end"]>));
      const { socket } = this.req;
      if (this.statusCode < 400 || this.statusCode >= 500) end();
      else void takeTurn(this.req, () => socket.destroyed).then(end);
      return this;
    }
  };
}

/** Makes the function that tells how many requests of a connection are in hand, with this one. */
function countPipelined(): (request: IncomingMessage, response: ServerResponse) => number {
  const counts = new WeakMap<Socket, number>();
  return ({ socket }, response) => {
    const change = (by: number) => {
      const count = (counts.get(socket) ?? 0) + by;
      counts.set(socket, count);
      return count;
    };
    response.once("close", () => change(-1));
    return change(1);
  };
}

const methods = new Set(["GET", "HEAD", "POST", "OPTIONS"]);

/** Counts a request once its answer is written, or its connection is gone. */
function measure(request: IncomingMessage, response: ServerResponse, route: string, metrics: ServiceMetrics): void {
  const began = performance.now();
  response.once("close", () => {
    const method = methods.has(request.method ?? "") ? (request.method ?? "") : "other";
    metrics.requests.inc({ route, method, status: response.writableFinished ? response.statusCode : "aborted" });
    if (isStream(response)) return;
    metrics.requestDuration.observe({ route }, (performance.now() - began) / 1_000);
  });
}

/** A request that is answered, as a span: by its route, since a path may hold the key to a form. */
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

function pathOf(request: IncomingMessage): URL | null {
  const base = "http://localhost";
  return URL.canParse(request.url ?? "/", base) ? new URL(request.url ?? "/", base) : null;
}

function matches(path: string, pathname: string): boolean {
  return path.length > 1 && path.endsWith("/") ? pathname.startsWith(path) : pathname === path;
}

/** Cross-origin requests from the allowed origins only (CORS). No cookies are ever used. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, isAllowed: IsAllowedOrigin): void {
  const { origin } = request.headers;
  response.setHeader("vary", "Origin");
  if (origin === undefined || !isAllowed(origin)) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", "x-request-id");
  if (request.method !== "OPTIONS") return;
  response.setHeader("access-control-allow-methods", "GET, POST");
  response.setHeader(
    "access-control-allow-headers",
    "authorization, content-type, apollo-require-preflight, x-request-id",
  );
  response.setHeader("access-control-max-age", "600");
}

/** What is charged too much is met by whatever comes next. */
function ignore(): void {}

function misdirected(response: ServerResponse): void {
  const message =
    "Only for this machine. Use an address such as http://localhost, or set HOST or PUBLIC_URL to this name.";
  answerError(response, 421, { message, extensions: { code: "MISDIRECTED_REQUEST" } });
}

function notFound(response: ServerResponse): void {
  answerError(response, 404, { message: "There is nothing at this path: GraphQL is at /graphql." });
}

function notAllowed(response: ServerResponse, { methods }: Route): void {
  answerError(response, 405, { message: `Use ${methods.join(" or ")}.` }, { allow: methods.join(", ") });
}
