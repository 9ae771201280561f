import { fits, furthest, isBefore, type EventFilter, type FeedPosition } from "../../db/feed/eventLog";
import { unknownOffset } from "./cursor";
import type { Delivery } from "./delivery";

/** Buffered deliveries. A subscriber with more reads the log again. */
const maxBuffered = 500;
/** Milliseconds after which buffered deliveries are read again: rights may have changed. */
const maxAge = 1_000;
/** Deliveries after the next one that can be prepared with it. */
const maxAhead = 25;

/**
 * The events of a subscriber, in order. The consumer takes one after the other, without a promise for each: the next
 * one is either there, or `onMore` is called.
 */
export interface Feed extends AsyncIterable<Delivery> {
  /** Returns the next delivery, or undefined until `onMore` is called. Throws the error that ended the feed. */
  take(): Delivery | undefined;
  /** Returns deliveries that will be taken later, so that they can be prepared together. */
  ahead(): readonly Delivery[];
  onMore: () => void;
  /** Ends the feed: nothing more is taken, and `onMore` is not called. */
  end(): void;
}

/** A page of the log with the present rights. */
export interface FeedPage {
  readonly deliveries: readonly Delivery[];
  readonly next: FeedPosition;
  readonly hasMore: boolean;
  /** The log does not have the event of the offset. */
  readonly isUnknownOffset: boolean;
}

/** Offers each new event to the subscribers that have joined. */
export interface LiveFeed {
  /**
   * Adds a subscriber that has caught up with the log. Returns the offset from which on it is offered events. It must
   * read the range between its own offset and that one itself.
   */
  join(subscriber: FeedSubscriber): FeedPosition;
  leave(subscriber: FeedSubscriber): void;
}

export interface FeedSubscriberOptions {
  readonly email: string;
  readonly isOperations: boolean;
  readonly filter: EventFilter;
  readonly position: FeedPosition;
  readonly liveFeed: LiveFeed;
  /** Reads the next page of the log. A rejection ends the feed. */
  nextPage(after: FeedPosition): Promise<FeedPage>;
}

/**
 * A consumer of the log, with an offset:
 *
 *     CATCHING_UP ──last page──► JOINING ──missed range read──► LIVE
 *         ▲     reads pages         reads the missed range,       │  takes from its buffer
 *         │                         buffers live events           │
 *         └──────── buffer too long or too old: dropped ◄─────────┘
 *
 * A dropped buffer loses no events: they are in the log.
 */
export class FeedSubscriber implements Feed {
  readonly email: string;
  readonly isOperations: boolean;
  onMore: () => void = () => {};
  readonly #options: FeedSubscriberOptions;
  /** Offset: events up to here were taken, or are not for this subscriber. */
  #position: FeedPosition;
  /** The last event that was taken, or the start. The subscriber resumes there when the log has lost later events. */
  #lastTaken: FeedPosition;
  /** Deliveries of the last page, which ends at `#readEnd`. */
  #page: Delivery[] = [];
  #readEnd: FeedPosition;
  /** Live events that were offered. */
  readonly #buffer: Delivery[] = [];
  /** Whether it has joined the live feed. */
  #isLive = false;
  /** End of the missed range while it joins; null once that is read. */
  #missedEnd: FeedPosition | null = null;
  #isReading = false;
  #hasEnded = false;
  #failure: { readonly cause: unknown } | null = null;

  constructor(options: FeedSubscriberOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#lastTaken = options.position;
    this.#readEnd = options.position;
    this.email = options.email;
    this.isOperations = options.isOperations;
  }

  /** Offset up to which it has read the log itself. */
  get readEnd(): FeedPosition {
    return this.#readEnd;
  }

  /** Whether the consumer has ended it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  take(): Delivery | undefined {
    if (this.#failure !== null) throw this.#failure.cause;
    if (this.#isReading || this.#hasEnded) return undefined;
    const queue = this.#queue();
    const delivery = queue?.[0];
    if (queue === null || (delivery !== undefined && performance.now() - delivery.readAt > maxAge)) {
      void this.#readOn();
      return undefined;
    }
    if (delivery === undefined) return undefined;
    queue.shift();
    this.#position = delivery.event;
    this.#lastTaken = delivery.event;
    if (queue === this.#page && queue.length === 0) this.#position = this.#readEnd;
    return delivery;
  }

  ahead(): readonly Delivery[] {
    return (this.#queue() ?? []).slice(0, maxAhead);
  }

  end(): void {
    this.#hasEnded = true;
    this.#drop();
    this.#options.liveFeed.leave(this);
  }

  /** Buffers live events after `offset` that match the filter and were not read yet. */
  offer(deliveries: readonly Delivery[], offset: FeedPosition): void {
    if (!this.#isLive) return;
    this.#moveTo(offset);
    for (const delivery of deliveries) {
      const { event, viewer } = delivery;
      if (isBefore(this.#readEnd, event) && fits(event, this.#options.filter, viewer)) this.#buffer.push(delivery);
    }
    if (this.#buffer.length > maxBuffered) this.fallBehind(offset);
    else if (this.#buffer.length > 0) this.onMore();
  }

  /** Drops the buffer and goes back to the log. It was offered all events up to `offset`. */
  fallBehind(offset: FeedPosition): void {
    if (!this.#isLive) return;
    this.#moveTo(offset);
    this.#buffer.length = 0;
    this.#isLive = false;
    this.onMore();
  }

  /** The queue with the next delivery; null when it must be read from the log. */
  #queue(): Delivery[] | null {
    if (this.#page.length > 0) return this.#page;
    return this.#isLive && this.#missedEnd === null ? this.#buffer : null;
  }

  /** With an empty buffer all offered events were taken: the offset moves past events that were not for it. */
  #moveTo(offset: FeedPosition): void {
    if (this.#queue() === this.#buffer && this.#buffer.length === 0) {
      this.#position = furthest(this.#position, offset);
    }
  }

  async #readOn(): Promise<void> {
    this.#isReading = true;
    try {
      if (!this.#isLive || this.#missedEnd === null) this.#leaveLiveFeed();
      const page = await this.#options.nextPage(this.#position);
      if (page.isUnknownOffset) this.#goBack();
      else if (!this.#hasEnded) this.#usePage(page);
    } catch (error) {
      this.#failure = { cause: error };
    }
    this.#isReading = false;
    if (!this.#hasEnded) this.onMore();
  }

  #leaveLiveFeed(): void {
    this.#drop();
    this.#isLive = false;
    this.#missedEnd = null;
    this.#options.liveFeed.leave(this);
  }

  /** The log has lost the offset: resumes after the last event that was taken, if the log has that. */
  #goBack(): void {
    if (this.#position === this.#lastTaken) throw unknownOffset();
    this.#leaveLiveFeed();
    this.#position = this.#lastTaken;
  }

  #drop(): void {
    this.#page = [];
    this.#buffer.length = 0;
  }

  #usePage({ deliveries, next, hasMore }: FeedPage): void {
    const end = this.#missedEnd;
    this.#page = deliveries.filter(({ event }) => end === null || !isBefore(end, event));
    const reachesEnd = end !== null && !isBefore(next, end);
    this.#readEnd = reachesEnd ? end : next;
    if (this.#page.length === 0) this.#position = this.#readEnd;
    if (reachesEnd) this.#missedEnd = null;
    if (this.#isLive || hasMore) return;
    this.#isLive = true;
    const joinedAt = this.#options.liveFeed.join(this);
    this.#missedEnd = isBefore(this.#readEnd, joinedAt) ? joinedAt : null;
  }

  /** graphql-js requires an async iterable as the source of events. */
  [Symbol.asyncIterator](): never {
    throw new Error("Call take() instead of iterating a feed");
  }
}
