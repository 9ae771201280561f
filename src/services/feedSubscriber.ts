import { fits, furthest, isBefore, type EventFilter, type FeedPosition } from "../db/eventLog";
import type { Delivery } from "./feedDelivery";

/** Deliveries that wait for a subscriber, at most; one that is further behind goes back to reading the log. */
const maxWaiting = 500;

/**
 * The events of one subscriber, in order. Whoever reads it takes them one after the other as fast as it can deal with them,
 * without a promise for each: most of the time the next one is either there, or announced by `onMore`.
 */
export interface Feed extends AsyncIterable<Delivery> {
  /** The next delivery; undefined: none yet, `onMore` is called when there is. Throws what ended the feed. */
  /** How far it has come: what lies before was taken, waits, or is not for it. */
  get position(): FeedPosition;

  take(): Delivery | undefined;
  onMore: () => void;
  /** Nothing is taken or announced any more. */
  end(): void;
}

/** A page of the log as the subscriber may see it now. */
export interface FeedPage {
  readonly deliveries: readonly Delivery[];
  readonly next: FeedPosition;
  readonly hasMore: boolean;
}

/** Hands each new event to those who have joined. */
export interface LiveFeed {
  /**
   * Takes in a subscriber that has caught up with the log. Gives the place from which on it is handed events: what lies
   * between its own position and that place it must still read by itself.
   */
  join(subscriber: FeedSubscriber): FeedPosition;
  leave(subscriber: FeedSubscriber): void;
}

export interface FeedSubscriberOptions {
  readonly email: string;
  readonly isOperations: boolean;
  readonly filter: EventFilter;
  readonly position: FeedPosition;
  readonly tail: LiveFeed;
  /** Reads on in the log. Rejects with what ends the feed. */
  nextPage(after: FeedPosition): Promise<FeedPage>;
}

/**
 * A place in the log. Behind, it reads pages; with the last one it joins the live ones, and reads what lies between that page
 * and the place of joining, while what comes later waits already.
 */
export class FeedSubscriber implements Feed {
  readonly email: string;
  readonly isOperations: boolean;
  onMore: () => void = () => {};
  readonly #options: FeedSubscriberOptions;
  #position: FeedPosition;
  /** What it has read itself. */
  #read: Delivery[] = [];
  /** What it was handed. */
  readonly #waiting: Delivery[] = [];
  /** Handed each new event; otherwise behind, and reading the log itself. */
  #isLive = false;
  /** Live, it must still read up to here by itself; null: it has. */
  #gapEnd: FeedPosition | null = null;
  #isReading = false;
  #isOver = false;
  #failure: { readonly cause: unknown } | null = null;

  constructor(options: FeedSubscriberOptions) {
    this.#options = options;
    this.#position = options.position;
    this.email = options.email;
    this.isOperations = options.isOperations;
  }

  /** How far it has come: what lies before was taken, waits, or is not for it. */
  get position(): FeedPosition {
    return this.#position;
  }

  take(): Delivery | undefined {
    if (this.#failure !== null) throw this.#failure.cause;
    const caughtUp = this.#read.shift();
    if (caughtUp !== undefined) return caughtUp;
    if (this.#isReading || this.#isOver) return undefined;
    if (!this.#isLive || this.#gapEnd !== null) {
      void this.#readOn();
      return undefined;
    }
    const delivery = this.#waiting.shift();
    if (delivery !== undefined) this.#position = delivery.event;
    return delivery;
  }

  end(): void {
    this.#isOver = true;
    this.#read = [];
    this.#waiting.length = 0;
    this.#options.tail.leave(this);
  }

  /** The tail's offer of what concerns its viewer and lies after `place`: it keeps what it is after and has not had. */
  offer(deliveries: readonly Delivery[], place: FeedPosition): void {
    if (!this.#isLive) return;
    this.#moveTo(place);
    for (const delivery of deliveries) {
      const { event, viewer } = delivery;
      if (isBefore(this.#position, event) && fits(event, this.#options.filter, viewer)) this.#waiting.push(delivery);
    }
    if (this.#waiting.length > maxWaiting) this.fallBehind(place);
    else if (this.#waiting.length > 0) this.onMore();
  }

  /** Loses what waits, and nothing else: it is in the log. `place` is what it was offered everything up to. */
  fallBehind(place: FeedPosition): void {
    if (!this.#isLive) return;
    this.#moveTo(place);
    this.#waiting.length = 0;
    this.#isLive = false;
    this.onMore();
  }

  /** With nothing that waits, it has had all that was offered: should it fall behind, it reads from there and not from its last event. */
  #moveTo(place: FeedPosition): void {
    if (this.#gapEnd === null && this.#waiting.length === 0) this.#position = furthest(this.#position, place);
  }

  async #readOn(): Promise<void> {
    const { tail, nextPage } = this.#options;
    this.#isReading = true;
    try {
      if (!this.#isLive) {
        tail.leave(this);
        this.#gapEnd = null;
      }
      const page = await nextPage(this.#position);
      if (!this.#isOver) this.#turnTo(page);
    } catch (error) {
      this.#failure = { cause: error };
    }
    this.#isReading = false;
    if (!this.#isOver) this.onMore();
  }

  #turnTo({ deliveries, next, hasMore }: FeedPage): void {
    const end = this.#gapEnd;
    this.#read = deliveries.filter(({ event }) => end === null || isBefore(event, end));
    const reachesEnd = end !== null && !isBefore(next, end);
    this.#position = reachesEnd ? end : next;
    if (reachesEnd) this.#gapEnd = null;
    if (this.#isLive || hasMore) return;
    this.#isLive = true;
    const joinedAt = this.#options.tail.join(this);
    this.#gapEnd = isBefore(this.#position, joinedAt) ? joinedAt : null;
  }

  /** graphql-js takes nothing else for a source of events. */
  [Symbol.asyncIterator](): never {
    throw new Error("A feed is taken from, not iterated");
  }
}
