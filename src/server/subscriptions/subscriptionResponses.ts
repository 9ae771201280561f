import type { ExecutionResult, GraphQLError } from "graphql";
import type { Delivery } from "../../services/feed/delivery";
import type { Feed } from "../../services/feed/subscriber";
import type { ObservedOperation } from "../observability/operationObserver";

/** The response to one event. */
export interface EventResponse {
  /** JSON in UTF-8. */
  readonly bytes: Buffer;
  /** The errors in it. */
  readonly errors: ExecutionResult["errors"];
}

/** Writes the responses of one subscription to its client. */
export interface ResponseWriter {
  /** Calls `done` when the socket has taken the response, or is closed. */
  write(response: Buffer, done: () => void): void;
  /** Whether the socket applies backpressure. */
  isBackedUp(): boolean;
}

export interface SubscriptionOptions {
  readonly feed: Feed;
  execute(delivery: Delivery): Promise<EventResponse>;
  readonly writer: ResponseWriter;
  /** Turns a failure, which ends the subscription, into the error for the client. */
  maskError(error: unknown): GraphQLError;
  readonly observed: ObservedOperation;
}

type Result = IteratorResult<ExecutionResult, undefined>;

/**
 * The responses to the events of a feed. One event at a time: the feed keeps the others, within limits of its own.
 *
 *             event              response           no backpressure
 *     idle ──────────► executing ────────► written ─────────────────► idle
 *                                             │
 *                                             └──► draining ──────────► idle
 *                                  backpressure         all written
 *
 *     any state: return(), or a failure ──► ended
 *
 * It is the iterator that graphql-ws expects, but responses bypass `next()`, which would cost several promises for
 * each: they are written straight to the socket. `next()` waits for the end of the subscription or its failure. It is
 * not an async generator, since `return()` of a generator does not settle a pending `next()`.
 */
export class SubscriptionResponses implements AsyncIterableIterator<ExecutionResult> {
  readonly #options: SubscriptionOptions;
  #state: "idle" | "executing" | "draining" | "ended" = "idle";
  /** Responses that the socket has not taken yet. */
  #unwritten = 0;
  #pendingNext: { resolve(result: Result): void; reject(error: GraphQLError): void } | null = null;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    options.feed.onMore = this.#executeNext;
    options.observed.subscribed();
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#state === "ended") return resolve({ done: true, value: undefined });
      this.#pendingNext = { resolve, reject };
      this.#executeNext();
    });
  }

  async return(): Promise<Result> {
    this.#end();
    this.#pendingNext?.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #executeNext = (): void => {
    if (this.#state !== "idle" || this.#pendingNext === null) return;
    try {
      const delivery = this.#options.feed.take();
      if (delivery === undefined) return;
      this.#state = "executing";
      this.#options.execute(delivery).then(this.#write, this.#fail);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #write = ({ bytes, errors }: EventResponse): void => {
    if (this.#state === "ended") return;
    const { observed, writer } = this.#options;
    try {
      observed.delivered(errors);
      this.#unwritten += 1;
      writer.write(bytes, this.#written);
      if (writer.isBackedUp()) this.#state = "draining";
      else this.#becomeIdle();
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #written = (): void => {
    this.#unwritten -= 1;
    if (this.#unwritten === 0 && this.#state === "draining") this.#becomeIdle();
  };

  #becomeIdle(): void {
    this.#state = "idle";
    this.#executeNext();
  }

  readonly #fail = (error: unknown): void => {
    if (this.#state === "ended") return;
    const masked = this.#options.maskError(error);
    this.#end([masked]);
    this.#pendingNext?.reject(masked);
  };

  #end(errors: readonly GraphQLError[] = []): void {
    this.#state = "ended";
    this.#options.observed.end(errors);
    this.#options.feed.end();
  }
}
