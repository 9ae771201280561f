import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Headers that an upgrade consists of, beside its tokens in Connection. */
const upgradeHeaders: ReadonlySet<string> = new Set(["upgrade", "http2-settings"]);

/** Whether a request asks for a WebSocket, by itself or among other protocols. */
export function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  const isOffered = tokensOf(headers.upgrade).includes("websocket");
  if (isOffered) headers.upgrade = "websocket"; // the server's choice (RFC 9110, 7.8)
  return isOffered;
}

/**
 * Serves a request as if it had not offered another protocol, as HTTP/2 on a plain connection: a server may ignore
 * the offer (RFC 9110, 7.8). node:http has no function for it, so the connection begins anew with the same request,
 * without the offer.
 */
export function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = request.rawHeaders.slice(at, at + 2);
    const kept = keptValue(name.toLowerCase(), value);
    if (kept !== null) lines.push(`${name}: ${kept}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  server.emit("connection", socket);
}

function keptValue(name: string, value: string): string | null {
  if (upgradeHeaders.has(name)) return null;
  if (name !== "connection") return value;
  const kept = tokensOf(value).filter((token) => !upgradeHeaders.has(token));
  return kept.length === 0 ? null : kept.join(", ");
}

function tokensOf(value: string | undefined): string[] {
  return (value ?? "").split(",").map((token) => token.trim().toLowerCase());
}
