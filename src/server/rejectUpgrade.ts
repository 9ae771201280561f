import type { Duplex } from "node:stream";

/** Answers a connection that asks to become a WebSocket, and becomes none. */
export function rejectUpgrade(socket: Duplex, status: string, ...headers: readonly string[]): void {
  socket.end([`HTTP/1.1 ${status}`, ...headers, "Connection: close", "Content-Length: 0", "", ""].join("\r\n"));
}
