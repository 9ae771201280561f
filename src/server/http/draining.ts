import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Milliseconds that requests which have arrived whole are given at a stop. */
const answerTime = 10_000;
/** Milliseconds between two looks for connections that are no longer needed. */
const sweepInterval = 50;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The state of one HTTP connection. */
interface Connection {
  readonly exchanges: Set<Exchange>;
  /** Bytes read when the last exchange ended: more of them are the beginning of another request. */
  bytesRead: number;
}

/**
 * Ends the connections of an HTTP server that stops. Node's closeIdleConnections keeps those that never sent a
 * request, and those that sent half of one.
 *
 *     connection without a request      closed at once
 *     half a request                    closed after `requestSeconds`
 *     a whole request                   answered with `Connection: close`; closed after 10 seconds
 */
export class Draining {
  readonly #connections = new Map<Socket, Connection>();
  #isDraining = false;

  constructor(private readonly server: Server) {
    server.on("connection", (socket) => this.#track(socket));
    server.on("upgrade", (_request, socket) => this.#connections.delete(socket as Socket));
    server.prependListener("request", (request, response) => this.#begin({ request, response }));
  }

  /** From now on each answer ends its connection. The server goes on listening. */
  begin(): void {
    this.#isDraining = true;
    for (const { exchanges } of this.#connections.values()) {
      for (const { response } of exchanges) response.shouldKeepAlive = false;
    }
  }

  /** Stops listening, and resolves when all connections are closed. */
  async end(requestSeconds: number): Promise<void> {
    this.begin();
    const closed = new Promise((resolve) => this.server.close(resolve));
    const began = performance.now();
    const sweep = () => {
      const isLate = performance.now() - began >= requestSeconds * 1_000;
      for (const [socket, connection] of this.#connections) {
        if (isUnused(socket, connection) || (isLate && isHalf(connection))) socket.destroy();
      }
    };
    sweep();
    const sweeping = setInterval(sweep, sweepInterval);
    const late = setTimeout(() => this.server.closeAllConnections(), answerTime);
    await closed;
    clearTimeout(late);
    clearInterval(sweeping);
  }

  #track(socket: Socket): void {
    this.#connections.set(socket, { exchanges: new Set(), bytesRead: 0 });
    socket.once("close", () => this.#connections.delete(socket));
  }

  #begin(exchange: Exchange): void {
    const { socket } = exchange.request;
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.exchanges.add(exchange);
    if (this.#isDraining) exchange.response.shouldKeepAlive = false;
    exchange.response.once("close", () => {
      connection.exchanges.delete(exchange);
      connection.bytesRead = socket.bytesRead;
    });
  }
}

function isUnused(socket: Socket, { exchanges, bytesRead }: Connection): boolean {
  return exchanges.size === 0 && socket.bytesRead === bytesRead;
}

/** The headers, or the body, have not arrived whole. */
function isHalf({ exchanges }: Connection): boolean {
  return [...exchanges].every(({ request }) => !request.complete);
}
