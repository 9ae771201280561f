import type { IncomingMessage } from "node:http";
import { RequestError } from "../execution/operationRequest";

/** The error for a handshake that is not that of a WebSocket (RFC 6455, 4.2.1). */
export function handshakeError({ method }: IncomingMessage): RequestError {
  if (method !== "GET") {
    return new RequestError("METHOD_NOT_ALLOWED", "Open a WebSocket by GET.", { allow: "GET" });
  }
  const message = "This is not the handshake of a WebSocket of version 13.";
  return new RequestError("BAD_USER_INPUT", message, { "sec-websocket-version": "13" });
}
