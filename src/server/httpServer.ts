import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "../logger";
import { answerError } from "./answers";
import type { Route } from "./routes";

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  readonly logger: Logger;
  readonly allowedOrigins: readonly string[];
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The HTTP server: finds the route of a path, and answers what has none. Not yet listening. */
export function createHttpServer({ routes, logger, allowedOrigins, upgrade }: HttpServerOptions): Server {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 15_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      void dispatch(request, response).catch((error: unknown) => {
        logger.error({ error: String(error), path: request.url }, "a request failed");
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
    if (!url || !route) return notFound(response);
    allowOrigin(request, response, allowedOrigins);
    if (request.method === "OPTIONS") return void response.writeHead(204, { allow: route.methods.join(", ") }).end();
    if (!route.methods.includes(request.method ?? "")) return notAllowed(response, route);
    await route.handle(request, response, url);
  }
  return server;
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
  if (request.method !== "OPTIONS") return;
  response.setHeader("access-control-allow-methods", "GET, POST");
  response.setHeader("access-control-allow-headers", "authorization, content-type, apollo-require-preflight");
  response.setHeader("access-control-max-age", "600");
}

function notFound(response: ServerResponse): void {
  answerError(response, 404, { message: "There is nothing at this path: GraphQL is at /graphql." });
}

function notAllowed(response: ServerResponse, { methods }: Route): void {
  answerError(response, 405, { message: `Use ${methods.join(" or ")}.` }, { allow: methods.join(", ") });
}
