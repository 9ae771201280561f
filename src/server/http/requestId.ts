import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const header = "x-request-id";
/** Request IDs that clients and proxies may choose: they cannot break or fill a log line. */
const acceptable = /^[\w.:+/=-]{1,128}$/;

/** The request's own id (X-Request-Id) if it is acceptable, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[header];
  return typeof given === "string" && acceptable.test(given) ? given : randomUUID();
}

/** Sets the request's id as a header of the response. */
export function setRequestId(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader(header, requestIdOf(request));
}

/** The id that `setRequestId` set. */
export function requestIdIn(response: ServerResponse): string {
  const id = response.getHeader(header);
  return typeof id === "string" ? id : "";
}
