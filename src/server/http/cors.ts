import type { IncomingMessage, ServerResponse } from "node:http";
import type { IsAllowedOrigin } from "../auth/origins";

/** Headers that pages of allowed origins may send: also those of Apollo's clients and of tracing. */
const allowedHeaders = [
  "authorization",
  "content-type",
  "apollo-require-preflight",
  "x-apollo-operation-name",
  "apollographql-client-name",
  "apollographql-client-version",
  "traceparent",
  "tracestate",
  "baggage",
  "x-request-id",
].join(", ");
/** Headers of responses that they may read. */
const exposedHeaders = "retry-after, x-request-id, content-disposition";

/** Allows cross-origin requests from the allowed origins only (CORS). No cookies are ever used. */
export function cors(request: IncomingMessage, response: ServerResponse, isAllowed: IsAllowedOrigin): void {
  const { origin } = request.headers;
  response.setHeader("vary", "Origin");
  if (origin === undefined || !isAllowed(origin)) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", exposedHeaders);
  if (request.method !== "OPTIONS") return;
  response.setHeader("access-control-allow-methods", "GET, HEAD, POST");
  response.setHeader("access-control-allow-headers", allowedHeaders);
  response.setHeader("access-control-max-age", "600");
}
