import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setImmediate as nextTick, setTimeout as pause } from "node:timers/promises";
import type { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Caller } from "../auth/authenticate";
import { retryAdvice } from "../subscriptions/gracefulClose";

/** Milliseconds that operations in progress get when the process stops. */
const drainTime = 10_000;

/** An open WebSocket: its caller, and its operations in progress. */
export class ClientSocket {
  /** Null before `connection_init`. */
  caller: Caller | null = null;
  /** Operations in preparation or execution, by the client's id. */
  readonly #inProgress = new Map<string, Promise<unknown>>();
  #operationCount = 0;

  constructor(
    readonly client: WebSocket,
    /** The upgrade request. */
    readonly request: IncomingMessage,
    readonly requestId: string,
    /** Charges the client's address for a violation of the protocol. */
    readonly chargeViolation: () => void,
  ) {}

  /** The connection under the WebSocket. */
  get socket(): Socket {
    return this.request.socket;
  }

  get isOpen(): boolean {
    return this.client.readyState === this.client.OPEN;
  }

  get inProgressCount(): number {
    return this.#inProgress.size;
  }

  isInProgress(operationId: string): boolean {
    return this.#inProgress.has(operationId);
  }

  /** The request id of the next operation. */
  nextRequestId(): string {
    this.#operationCount += 1;
    return `${this.requestId}/${this.#operationCount}`;
  }

  /** Counts an operation as in progress while `work` lasts, and until graphql-ws has handled its result. */
  track<Result>(operationId: string, work: Promise<Result>): Promise<Result> {
    this.#inProgress.set(operationId, work);
    const untrack = () => {
      if (this.#inProgress.get(operationId) === work) this.#inProgress.delete(operationId);
    };
    const settled = () => process.nextTick(untrack);
    work.then(settled, settled);
    return work;
  }

  /** Closes the socket because the client violated the protocol. */
  closeForViolation(code: CloseCode, reason: string): void {
    this.chargeViolation();
    this.client.close(code, reason);
  }

  /** Closes the socket when its operations in progress have ended, or after `drainTime`. Stock clients reconnect. */
  async closeWhenIdle(): Promise<void> {
    const timeout = this.#inProgress.size > 0 ? pause(drainTime, "late", { ref: false }) : null;
    while (this.#inProgress.size > 0) {
      if ((await Promise.race([Promise.allSettled(this.#inProgress.values()), timeout])) === "late") break;
      await nextTick();
    }
    this.client.close(1001, `Going away: ${retryAdvice()}`);
  }

  /** Drops an unresponsive client. It gets the closing only if it has read everything before it. */
  drop(): void {
    this.client.close(1013, "SLOW_CONSUMER");
    this.client.terminate();
  }
}
