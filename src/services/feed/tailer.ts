import { isBefore, isSame, type EventRow, type FeedPosition } from "../../db/feed/eventLog";
import type { LogNotifications } from "../../db/feed/logNotifications";
import type { LogBatch, Recipients } from "../../db/feed/logTail";
import type { ServiceContext } from "../serviceContext";
import { isUnavailable } from "../unavailable";
import { concerns, deliveriesTo, viewerOf, type Delivery } from "./delivery";
import type { FeedSubscriber, LiveFeed } from "./subscriber";

/** Events of a batch. */
const batchSize = 500;

export interface LogTailerOptions extends Pick<ServiceContext, "clock" | "logger"> {
  readonly notifications: LogNotifications;
  /** Milliseconds after which the log is read without a notification; 1,000 if absent. */
  readonly pollInterval?: number;
  /** `readLogTail`. */
  readonly readLog: (after: FeedPosition, limit: number, operators: readonly string[]) => Promise<LogBatch>;
}

/**
 * Reads each new batch of the log once for all subscribers of a node, with one statement, and offers its events to
 * those that they concern by the rights of that moment. Reads only while there are live subscribers.
 */
export class LogTailer implements LiveFeed {
  readonly #options: LogTailerOptions;
  /** Live subscribers by email address. */
  readonly #subscribers = new Map<string, Set<FeedSubscriber>>();
  readonly #operators = new Set<FeedSubscriber>();
  /** Subscribers that had read further than the tailer when they joined: their last event must turn up in the log. */
  readonly #ahead = new Set<FeedSubscriber>();
  readonly #stopping = new AbortController();
  /** Offset of the last batch; null while nothing is read. */
  #offset: FeedPosition | null = null;
  #reading: Promise<void> = Promise.resolve();

  constructor(options: LogTailerOptions) {
    this.#options = options;
  }

  join(subscriber: FeedSubscriber): FeedPosition {
    const { readEnd, email } = subscriber;
    const isIdle = this.#offset === null;
    this.#offset ??= readEnd;
    if (!isBefore(readEnd, this.#offset) && !isSame(readEnd, this.#offset)) this.#ahead.add(subscriber);
    const ofPerson = this.#subscribers.get(email) ?? new Set();
    this.#subscribers.set(email, ofPerson.add(subscriber));
    if (subscriber.isOperations) this.#operators.add(subscriber);
    if (isIdle) this.#reading = this.#reading.then(() => this.#run());
    return this.#offset;
  }

  leave(subscriber: FeedSubscriber): void {
    const ofPerson = this.#subscribers.get(subscriber.email);
    ofPerson?.delete(subscriber);
    this.#ahead.delete(subscriber);
    if (ofPerson?.size === 0) this.#subscribers.delete(subscriber.email);
    // A subscriber that catches up comes back, and a batch that is being read must have its rights as well.
    if (subscriber.hasEnded) this.#operators.delete(subscriber);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reading;
  }

  async #run(): Promise<void> {
    const { notifications, pollInterval = 1_000 } = this.#options;
    while (this.#offset !== null && this.#subscribers.size > 0 && !this.#stopping.signal.aborted) {
      const notified = notifications.wait(pollInterval, this.#stopping.signal);
      const hasMore = await this.#readBatch(this.#offset).catch((error: unknown) => this.#onFailure(error));
      if (!hasMore) await notified;
    }
    this.#offset = null;
  }

  /** While the database is away all wait. Another failure is left to each subscriber, which meets it and reports it. */
  #onFailure(error: unknown): false {
    this.#options.logger.warn({ cause: String(error) }, "the end of the log can't be read: trying again");
    if (!isUnavailable(error) && this.#offset !== null) this.#dropAll(this.#offset);
    return false;
  }

  async #readBatch(after: FeedPosition): Promise<boolean> {
    const { readLog, clock, logger } = this.#options;
    const operators = new Set(Array.from(this.#operators, ({ email }) => email));
    const wereAhead = new Set(this.#ahead);
    const batch = await readLog(after, batchSize, [...operators]);
    const { events, recipients, next, hasMore, isUnknownOffset } = batch;
    if (isUnknownOffset) {
      logger.error("the log has lost events that were delivered: subscribers must begin anew");
      this.#offset = null; // subscribers that can resume start the tailer again
      this.#dropAll(after);
      return false;
    }
    if (events.length > 0) await clock.refresh();
    this.#verifyAhead(wereAhead, batch, after);
    if (events.length > 0) {
      this.#dispatch(events, after, recipients);
      // The rights of operators who joined meanwhile were not read.
      for (const operator of this.#operators) if (!operators.has(operator.email)) operator.fallBehind(after);
    }
    this.#offset = next;
    return hasMore;
  }

  #dropAll(offset: FeedPosition): void {
    for (const ofPerson of this.#subscribers.values()) {
      for (const subscriber of ofPerson) subscriber.fallBehind(offset);
    }
  }

  /**
   * Checks the subscribers that are ahead of the tailer. Their last event comes in this batch or a later one. When it
   * does not, although they were ahead before the batch was read, the log has lost it.
   */
  #verifyAhead(wereAhead: ReadonlySet<FeedSubscriber>, { events, next, hasMore }: LogBatch, after: FeedPosition): void {
    for (const subscriber of this.#ahead) {
      const { readEnd } = subscriber;
      const isFound = events.some((event) => isSame(event, readEnd));
      const mayFollow = !wereAhead.has(subscriber) || (hasMore && isBefore(next, readEnd));
      if (isFound || !mayFollow) this.#ahead.delete(subscriber);
      if (!isFound && !mayFollow) subscriber.fallBehind(after);
    }
  }

  /** Makes one list of deliveries for all people with the same rights, and another for the operators among them. */
  #dispatch(events: readonly EventRow[], after: FeedPosition, groups: readonly Recipients[]): void {
    for (const recipients of groups) {
      const forOthers = lazily(() => deliveriesOf(recipients, false, events));
      const forOperators = lazily(() => deliveriesOf(recipients, true, events));
      for (const email of recipients.emails) {
        for (const subscriber of this.#subscribers.get(email) ?? []) {
          subscriber.offer(subscriber.isOperations ? forOperators() : forOthers(), after);
        }
      }
    }
  }
}

/** The deliveries of events that concern the recipients. */
function deliveriesOf(recipients: Recipients, isOperations: boolean, events: readonly EventRow[]): Delivery[] {
  const viewer = viewerOf(recipients, isOperations);
  return deliveriesTo(
    viewer,
    events.filter((event) => concerns(event, viewer, recipients.accountIds)),
  );
}

function lazily<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
