import type { Duplex } from "node:stream";

/**
 * Answers a connection that asks to become a WebSocket, and becomes none. It is let go of once the answer is written: the HTTP server
 * knows it no more, so nobody else would close it when its peer does not, and the process could not stop.
 */
export function rejectUpgrade(socket: Duplex, status: string, ...headers: readonly string[]): void {
  socket.once("finish", () => socket.destroy());
  socket.end([`HTTP/1.1 ${status}`, ...headers, "Connection: close", "Content-Length: 0", "", ""].join("\r\n"));
}
