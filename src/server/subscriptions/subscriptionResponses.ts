import type { ExecutionResult, GraphQLError } from "graphql";
import type { Delivery } from "../../services/feed/delivery";
import type { Feed } from "../../services/feed/subscriber";
import type { ObservedOperation } from "../observability/operationObserver";

/** The answer to an event. */
export interface Answer {
  /** JSON in UTF-8. */
  readonly bytes: Buffer;
  /** The errors in it. */
  readonly errors: ExecutionResult["errors"];
}

/**
 * Writes an answer, JSON in UTF-8, to the client. Null: another may follow at once. A promise: the client is behind, and the
 * next may follow when it resolves.
 */
export type Deliver = (answer: Buffer) => Promise<void> | null;

export interface FeedAnswersOptions {
  readonly feed: Feed;
  tell(delivery: Delivery): Promise<Answer>;
  readonly deliver: Deliver;
  /** What the client is told of a failure, which ends the feed. */
  mapError(error: unknown): GraphQLError;
  readonly observed: ObservedOperation;
}

type Result = IteratorResult<ExecutionResult, undefined>;

/**
 * The answers to the events of a feed, as the iterator that graphql-ws and graphql-sse ask for. They would ask for one value
 * after the other, with a handful of promises each; so answers are written to the client past them, and `next()` waits for
 * the end, or for a failure to tell. One event is dealt with at a time: the next is not taken before the client has taken
 * this one, and what waits meanwhile is the feed's to bound.
 *
 * A plain iterator: `return()` ends a `next()` that waits, which an async generator can't. Whoever reads it must call it:
 * graphql-ws does, graphql-sse does not.
 */
export class FeedAnswers implements AsyncIterableIterator<ExecutionResult> {
  readonly #options: FeedAnswersOptions;
  #asked: { resolve(result: Result): void; reject(error: GraphQLError): void } | null = null;
  #isBusy = false;
  #isOver = false;

  constructor(options: FeedAnswersOptions) {
    this.#options = options;
    options.feed.onMore = this.#goOn;
    options.observed.subscribed();
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return resolve({ done: true, value: undefined });
      this.#asked = { resolve, reject };
      this.#goOn();
    });
  }

  async return(): Promise<Result> {
    this.#end();
    this.#asked?.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #goOn = (): void => {
    if (this.#isBusy || this.#isOver || this.#asked === null) return;
    try {
      const delivery = this.#options.feed.take();
      if (delivery === undefined) return;
      this.#isBusy = true;
      this.#options.tell(delivery).then(this.#pass, this.#fail);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #pass = ({ bytes, errors }: Answer): void => {
    if (this.#isOver) return;
    try {
      this.#options.observed.delivered(errors);
      const taken = this.#options.deliver(bytes);
      if (taken === null) this.#free();
      else taken.then(this.#free, this.#fail);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #free = (): void => {
    this.#isBusy = false;
    this.#goOn();
  };

  readonly #fail = (error: unknown): void => {
    if (this.#isOver) return;
    const told = this.#options.mapError(error);
    this.#end([told]);
    this.#asked?.reject(told);
  };

  #end(errors: readonly GraphQLError[] = []): void {
    this.#isOver = true;
    this.#options.observed.end(errors);
    this.#options.feed.end();
  }
}

/** What was made of an event for all who have the same rights and ask the same of it. */
interface Made {
  /** Whose share of the connections it was made with. */
  readonly by: string;
  readonly answer: Promise<Answer>;
  /** For everybody else: the same, made once more by one of them if it fails, for then that person may have used its share up. */
  forOthers: Promise<Answer> | null;
}

/** One answer for all who have the same rights and ask the same of an event. */
export function shared(
  { shared: made }: Delivery,
  operation: string,
  by: string,
  make: () => Promise<Answer>,
): Promise<Answer> {
  const earlier = made.get(operation) as Made | undefined;
  if (earlier === undefined) {
    const answer = make();
    made.set(operation, { by, answer, forOthers: null } satisfies Made);
    return answer;
  }
  if (earlier.by === by) return earlier.answer;
  return (earlier.forOthers ??= earlier.answer.catch(make));
}
