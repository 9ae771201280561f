import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { handleProtocols, type Server } from "graphql-ws";
import { WebSocketServer, type WebSocket } from "ws";
import { UnavailableError } from "../../services/unavailable";
import { rejectedPoints, RateLimitedError, requestPoints } from "../../services/rateLimits";
import type { IsAllowedOrigin } from "../auth/origins";
import { isCharged, rejectionOf } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import { rejectUpgrade } from "../http/rejectUpgrade";
import { requestIdOf } from "../http/requestId";
import type { WaitForSlot } from "../overload/fairScheduler";
import { closeInBatches } from "../subscriptions/gracefulClose";
import { ClientSocket } from "./clientSocket";
import { ProtocolAdapter } from "./protocolAdapter";
import { createSocketServer, type SocketOperationsOptions } from "./socketOperations";

export interface WebSocketEndpointOptions extends SocketOperationsOptions {
  readonly isAllowedOrigin: IsAllowedOrigin;
  /** Milliseconds until an address without points gets its 429. The delay is random, up to twice as long. */
  readonly rejectionDelay: number;
  readonly schedule: WaitForSlot;
  /** Charges the address of a request, from its budget for sockets. Throws RateLimitedError. */
  charge(request: IncomingMessage, points: number): Promise<void>;
}

/** Bytes of one message from a client. */
const maxMessageBytes = 64 * 1024;
const maxFragments = 16;
/** Points for a socket that exceeded the frame limits. Two of them use up the budget of an address. */
const floodPoints = 200_000;
/** Milliseconds that clients get to answer a closing. */
const closeTimeout = 2_000;
/** An option of `ws` that its types lack. */
const untypedOptions = { closeTimeout };

/** GraphQL over WebSocket (`graphql-transport-ws`), through the same pipeline as over HTTP. */
export class WebSocketEndpoint {
  readonly #options: WebSocketEndpointOptions;
  readonly #graphql: Server<ClientSocket>;
  readonly #sockets = new Set<ClientSocket>();
  readonly #requestIds = new WeakMap<IncomingMessage, string>();
  #isDraining = false;
  readonly #server = new WebSocketServer({
    ...untypedOptions,
    noServer: true,
    maxPayload: maxMessageBytes,
    maxFragments,
    perMessageDeflate: false,
    handleProtocols,
  });

  constructor(options: WebSocketEndpointOptions) {
    this.#options = options;
    this.#graphql = createSocketServer(options);
    this.#server.on("headers", (headers, request) => {
      headers.push(`X-Request-Id: ${this.#requestIds.get(request)}`);
    });
    this.#server.on("wsClientError", (_error, socket, request) => {
      this.#reject(request, socket, handshakeError(request));
    });
  }

  /** Takes over a connection whose request is an upgrade to a WebSocket at `/graphql`. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { origin } = request.headers; // only browsers send it
    if (origin !== undefined && !this.#options.isAllowedOrigin(origin)) {
      return this.#reject(request, socket, new RequestError("FORBIDDEN", "Pages of this origin may not open sockets."));
    }
    this.#admit(request, socket, head).catch((error: unknown) => this.#reject(request, socket, error));
  };

  /** Closes all sockets with 1001 when their operations have ended. Stock clients reconnect, to another node. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    const closings: Promise<void>[] = [];
    await closeInBatches([...this.#sockets], (socket) => closings.push(socket.closeWhenIdle()));
    await Promise.all(closings);
    const closed = once(this.#server, "close");
    this.#server.close();
    const timeout = setTimeout(() => this.#server.clients.forEach((client) => client.terminate()), closeTimeout);
    await closed;
    clearTimeout(timeout);
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { schedule, charge, rejectionDelay } = this.#options;
    const hasLeft = () => socket.destroyed;
    await schedule(request, hasLeft);
    if (socket.destroyed) return;
    try {
      if (this.#isDraining) throw new UnavailableError("The process is shutting down");
      await charge(request, requestPoints);
    } catch (error) {
      if (error instanceof RateLimitedError) {
        await pause(rejectionDelay * (1 + Math.random()), undefined, { ref: false });
        await schedule(request, hasLeft);
      }
      throw error;
    }
    this.#requestIds.set(request, requestIdOf(request));
    this.#server.handleUpgrade(request, socket, head, (client) => this.#accept(client, request));
  }

  #accept(client: WebSocket, request: IncomingMessage): void {
    const { connections, logger, schedule } = this.#options;
    const requestId = this.#requestIds.get(request) ?? "";
    const onViolation = () => this.#chargeAbuse(request, rejectedPoints);
    const socket = new ClientSocket(client, request, requestId, onViolation);
    const endChecks = connections.monitor(request.socket, {
      ping: () => socket.isOpen && client.ping(),
      drop(reason) {
        logger.info({ requestId, reason }, "an unresponsive socket was closed");
        socket.drop();
      },
    });
    this.#sockets.add(socket);
    client.once("close", () => {
      endChecks();
      this.#sockets.delete(socket);
    });
    const adapter = new ProtocolAdapter({
      client,
      socket: request.socket,
      extra: socket,
      isDraining: () => this.#isDraining,
      isAuthenticated: () => socket.caller !== null,
      schedule: () => schedule(request),
      onViolation,
      onFlood: () => this.#chargeAbuse(request, floodPoints),
      logger,
    });
    adapter.connect(this.#graphql);
  }

  /** Rejects an upgrade. An error of the client costs its address more. */
  #reject(request: IncomingMessage, socket: Duplex, error: unknown): void {
    const rejection = rejectionOf(error, this.#options);
    if (isCharged(rejection.status)) this.#chargeAbuse(request, rejectedPoints);
    rejectUpgrade(socket, rejection);
  }

  /** A budget that is exceeded here stops the next request. */
  #chargeAbuse(request: IncomingMessage, points: number): void {
    this.#options.charge(request, points).catch(() => undefined);
  }
}

/** The error of a request that is not a WebSocket handshake (RFC 6455, 4.2.1). */
function handshakeError({ method }: IncomingMessage): RequestError {
  if (method !== "GET") return new RequestError("METHOD_NOT_ALLOWED", "Open a WebSocket by GET.", { allow: "GET" });
  const message = "This is not the handshake of a WebSocket of version 13.";
  return new RequestError("BAD_USER_INPUT", message, { "sec-websocket-version": "13" });
}
