import { CloseCode, type Server } from "graphql-ws";
import type { Logger } from "../../logger";
import { maskError } from "../execution/maskError";
import { FrameLimiter, type FrameLimiterOptions } from "./frameLimiter";

/** Bytes that may wait for a client to read. Above it, nothing more is read from the client. */
const maxBufferedBytes = 256 * 1024;
/** Messages of a socket that wait for the scheduler, from which on nothing more is read from the client. */
const maxScheduledMessages = 8;
/** Bytes of a closing reason (RFC 6455, 5.5). */
const maxReasonBytes = 123;

/** Closings that are the client's fault. */
const violations: ReadonlySet<number> = new Set([
  CloseCode.BadRequest,
  CloseCode.Unauthorized,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.TooManyInitialisationRequests,
]);

export interface ProtocolAdapterOptions<Extra> extends FrameLimiterOptions {
  readonly extra: Extra;
  /** Whether further messages are dropped. */
  isDraining(): boolean;
  /** The client violated the protocol. Called once at most. */
  onViolation(): void;
  readonly logger: Logger;
}

type MessageHandler = (text: string) => Promise<void>;

/**
 * Connects a `ws` socket with graphql-ws (`graphql-transport-ws`). Unlike `graphql-ws/use/ws` it stops reading from a
 * client that does not read, schedules messages, truncates closing reasons, and logs errors. Dead clients are left to
 * the ConnectionRegistry.
 */
export class ProtocolAdapter<Extra> {
  readonly #options: ProtocolAdapterOptions<Extra>;
  readonly #limiter: FrameLimiter;
  #scheduledMessages = 0;
  #hasViolated = false;

  constructor(options: ProtocolAdapterOptions<Extra>) {
    this.#options = options;
    this.#limiter = new FrameLimiter(options);
  }

  connect(server: Server<Extra>): void {
    const { client, extra, logger } = this.#options;
    const transport = {
      protocol: client.protocol,
      send: (text: string) => this.#send(text),
      close: (code?: number, reason?: string) => this.#close(code, reason),
      onMessage: (handler: MessageHandler) => void client.on("message", (data: Buffer) => this.#receive(data, handler)),
    };
    const closed = server.opened(transport, extra);
    client.on("ping", () => this.#pauseIfBackedUp());
    client.on("error", (error) => {
      logger.debug({ cause: String(error) }, "a socket broke the protocol"); // `ws` closes it
      this.#reportViolation();
    });
    client.once("close", (code, reason) => {
      void closed(code, String(reason)).catch((error: unknown) => this.#fail(error, ""));
    });
  }

  #receive(data: Buffer, handler: MessageHandler): void {
    const { client, isAuthenticated, schedule } = this.#options;
    this.#scheduledMessages += 1;
    if (!isAuthenticated()) return this.#handle(data, handler);
    this.#pauseIfBackedUp();
    if (this.#scheduledMessages >= maxScheduledMessages) client.pause();
    void schedule().then(() => this.#handle(data, handler));
  }

  #handle(data: Buffer, handler: MessageHandler): void {
    const { client, isDraining } = this.#options;
    this.#scheduledMessages -= 1;
    if (this.#scheduledMessages === 0) this.#resumeWhenDrained();
    this.#limiter.messageHandled();
    if (client.readyState !== client.OPEN || isDraining()) return;
    const text = data.toString();
    void handler(text).catch((error: unknown) => this.#fail(error, text));
  }

  #send(text: string): void {
    const { client } = this.#options;
    if (client.readyState === client.OPEN) client.send(text);
  }

  #close(code?: number, reason?: string): void {
    if (code !== undefined && violations.has(code)) this.#reportViolation();
    this.#options.client.close(code, truncate(reason));
  }

  /** An exception in an operation ends that operation. Any other closes the socket. */
  #fail(error: unknown, text: string): void {
    const { client, logger } = this.#options;
    // graphql-ws throws a plain error for a message type that only servers send.
    if (error instanceof Error && error.message.startsWith("Unexpected message of type")) {
      return this.#close(CloseCode.BadRequest, "Only servers send such a message");
    }
    const payload = [maskError(error, logger)];
    const id = operationIdIn(text);
    if (id === null) return client.close(CloseCode.InternalServerError, "Internal server error");
    this.#send(JSON.stringify({ id, type: "error", payload }));
  }

  #reportViolation(): void {
    if (!this.#hasViolated) this.#options.onViolation();
    this.#hasViolated = true;
  }

  #pauseIfBackedUp(): void {
    const { client } = this.#options;
    if (client.isPaused || client.bufferedAmount <= maxBufferedBytes) return;
    client.pause();
    this.#resumeWhenDrained();
  }

  #resumeWhenDrained(): void {
    const { client, socket } = this.#options;
    if (!client.isPaused) return;
    if (client.bufferedAmount <= maxBufferedBytes) client.resume();
    else socket.once("drain", () => this.#resumeWhenDrained());
  }
}

/** The id of the operation that a message starts or ends, or null. */
function operationIdIn(text: string): string | null {
  try {
    const { id, type } = JSON.parse(text) as { readonly id?: unknown; readonly type?: unknown };
    return typeof id === "string" && (type === "subscribe" || type === "complete") ? id : null;
  } catch {
    return null;
  }
}

function truncate(reason: string | undefined): string | undefined {
  if (reason === undefined || Buffer.byteLength(reason) <= maxReasonBytes) return reason;
  return Buffer.from(reason)
    .subarray(0, maxReasonBytes)
    .toString()
    .replace(/\uFFFD$/, "");
}
