import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "../logger";
import type { Tracing } from "../tracing";
import { answerError } from "./answers";
import { nameRequest, requestIdIn } from "./requestId";
import type { Route } from "./routes";
import type { ServiceMetrics } from "./serviceMetrics";

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  readonly logger: Logger;
  readonly allowedOrigins: readonly string[];
  readonly metrics: ServiceMetrics;
  readonly tracing: Tracing;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The HTTP server: finds the route of a path, and answers what has none. Not yet listening. */
export function createHttpServer({
  routes,
  logger,
  allowedOrigins,
  metrics,
  tracing,
  upgrade,
}: HttpServerOptions): Server {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 15_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 1_000 },
    (request, response) => {
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
    if (pathOf(request)?.pathname === "/graphql") upgrade(request, socket, head);
    else socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });

  async function dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = pathOf(request);
    const route = url && routes.find(({ path }) => matches(path, url.pathname));
    measure(request, response, route?.path ?? "none", metrics);
    if (!url || !route) return notFound(response);
    allowOrigin(request, response, allowedOrigins);
    if (request.method === "OPTIONS") return void response.writeHead(204, { allow: route.methods.join(", ") }).end();
    if (!route.methods.includes(request.method ?? "")) return notAllowed(response, route);
    await traced(tracing, request, response, route, () => route.handle(request, response, url));
  }
  return server;
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
function allowOrigin(request: IncomingMessage, response: ServerResponse, allowed: readonly string[]): void {
  const { origin } = request.headers;
  response.setHeader("vary", "Origin");
  if (origin === undefined || !allowed.includes(origin)) return;
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

function notFound(response: ServerResponse): void {
  answerError(response, 404, { message: "There is nothing at this path: GraphQL is at /graphql." });
}

function notAllowed(response: ServerResponse, { methods }: Route): void {
  answerError(response, 405, { message: `Use ${methods.join(" or ")}.` }, { allow: methods.join(", ") });
}
