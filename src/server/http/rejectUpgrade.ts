import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Rejection } from "../execution/operationPipeline";
import { retryAfterOf } from "./responses";

/**
 * Responds to a request whose connection node:http has handed over, and closes the connection. The server no longer
 * tracks it, so a peer that keeps it open would keep the process from stopping.
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
