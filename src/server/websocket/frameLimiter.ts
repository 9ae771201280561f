import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { FrameCounter } from "./frameCounter";

/** Messages that were received and not handled yet. */
const maxUnhandledMessages = 200;
/** Control frames within a period, in milliseconds. */
const maxControls = 100;
const controlPeriod = 10_000;
/**
 * Chunks of at least this many bytes are queued with the scheduler: a thousand sockets can have 64 kB each to parse.
 */
const largeChunk = 4 * 1024;
/** Bytes that an unauthenticated client may send without queueing: its token may be long, and its time is short. */
const unqueuedBytes = 16 * 1024;
/** Bytes that are read and dropped after a protocol error. */
const maxDiscardedBytes = 2 * 1024 * 1024;

export interface FrameLimiterOptions {
  readonly client: WebSocket;
  /** The connection under it. */
  readonly socket: Socket;
  isAuthenticated(): boolean;
  /** Resolves when the scheduler has a slot for this client. */
  schedule(): Promise<void>;
  /** The client exceeded the limits, and its socket is closed. */
  onFlood(): void;
}

/** Limits the frames of a client before `ws` parses them. A client that exceeds the limits is disconnected. */
export class FrameLimiter {
  readonly #options: FrameLimiterOptions;
  readonly #counter = new FrameCounter();
  /** The listeners of `ws`. */
  readonly #parsers: readonly Function[];
  /** A large chunk, and those behind it. */
  readonly #queue: Buffer[] = [];
  #bytesReceived = 0;
  #unhandledMessages = 0;
  #controls = 0;
  #periodStart = 0;

  constructor(options: FrameLimiterOptions) {
    this.#options = options;
    const { client, socket } = options;
    this.#parsers = socket.listeners("data");
    socket.removeAllListeners("data").on("data", (chunk: Buffer) => this.#receive(chunk));
    client.once("error", () => this.#discardInput());
    // `ws` would parse all that is buffered when the connection is closed, for nobody.
    socket.prependOnceListener("close", () => {
      while (socket.read() !== null);
    });
  }

  /** Call it for each message of `ws` that was handled or dropped. */
  messageHandled(): void {
    this.#unhandledMessages -= 1;
  }

  #receive(chunk: Buffer): void {
    this.#bytesReceived += chunk.length;
    const isStart = this.#bytesReceived < unqueuedBytes && !this.#options.isAuthenticated();
    if (this.#queue.length === 0 && (chunk.length < largeChunk || isStart)) return this.#parse(chunk);
    this.#queue.push(chunk);
    if (this.#queue.length === 1) void this.#parseQueue();
  }

  async #parseQueue(): Promise<void> {
    const { client, socket, schedule } = this.#options;
    socket.pause();
    try {
      while (this.#queue.length > 0) {
        await schedule();
        const chunk = this.#queue.shift();
        if (chunk !== undefined && client.readyState === client.OPEN) this.#parse(chunk);
      }
    } finally {
      if (!client.isPaused) socket.resume();
    }
  }

  #parse(chunk: Buffer): void {
    if (this.#exceedsLimits(chunk)) return this.#disconnect();
    for (const parse of this.#parsers) parse.call(this.#options.socket, chunk);
  }

  #exceedsLimits(chunk: Buffer): boolean {
    const now = performance.now();
    if (now - this.#periodStart > controlPeriod) {
      this.#periodStart = now;
      this.#controls = 0;
    }
    const { messages, controls } = this.#counter.count(chunk);
    this.#unhandledMessages += messages;
    this.#controls += controls;
    return this.#unhandledMessages > maxUnhandledMessages || this.#controls > maxControls;
  }

  /** Closes the socket without waiting for the client, and reads no more from it. */
  #disconnect(): void {
    const { client, socket, onFlood } = this.#options;
    onFlood();
    socket.removeAllListeners("data");
    client.close(1008, "Too many messages at once");
    client.terminate();
  }

  /**
   * After a protocol error `ws` sends a closing and stops reading. Input in transit is dropped, so that the closing
   * arrives.
   */
  #discardInput(): void {
    const { socket } = this.#options;
    let left = maxDiscardedBytes;
    socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) socket.pause();
    });
  }
}
