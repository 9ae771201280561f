import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const header = "x-request-id";
/** Request IDs that clients and proxies may choose: they cannot break or fill a log line. */
const acceptable = /^[\w.:+/=-]{1,128}$/;

/** The id that the request came with (X-Request-Id), if it is a plain one; else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[header];
  return typeof given === "string" && acceptable.test(given) ? given : randomUUID();
}

/** Tells the caller its request's id; `observer.begin` finds it there. */
export function nameRequest(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader(header, requestIdOf(request));
}

/** The id that `nameRequest` gave. */
export function requestIdIn(response: ServerResponse): string {
  const id = response.getHeader(header);
  return typeof id === "string" ? id : "";
}
