import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Rejection } from "../execution/operationPipeline";
import { retryAfterOf } from "./responses";

/**
 * Responds to a request that node:http has handed over together with its connection, and closes the connection. The server knows it
 * no more, so nobody else would close it when the peer does not, and the process could not stop.
 */
export function rejectUpgrade(
  socket: Duplex,
  { status, errors, headers }: Pick<Rejection, "status" | "errors" | "headers">,
): void {
  const body = `${JSON.stringify({ errors })}\n`;
  const lines = Object.entries({
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...retryAfterOf(errors),
    ...headers,
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  socket.once("finish", () => socket.destroy());
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...lines, "", body].join("\r\n"));
}
