import { fits, furthest, isBefore, type EventFilter, type FeedPosition } from "../../db/feed/eventLog";
import { notInLog } from "./cursor";
import type { Delivery } from "./delivery";

/** Deliveries that wait for a subscriber, at most; one that is further behind goes back to reading the log. */
const maxWaiting = 500;
/** Milliseconds after which what waits is read again: rights may have gone meanwhile. */
const maxAge = 1_000;
/** Deliveries behind the next one that are shown with it. */
const maxAhead = 25;

/**
 * The events of one subscriber, in order. Whoever reads it takes them one after the other as fast as it can deal with
 * them, without a promise for each: most of the time the next one is either there, or announced by `onMore`.
 */
export interface Feed extends AsyncIterable<Delivery> {
  /** The next delivery; undefined: none yet, `onMore` is called when there is. Throws what ended the feed. */
  take(): Delivery | undefined;
  /** Some of those that will be taken after it, so that they can be prepared together. */
  ahead(): readonly Delivery[];
  onMore: () => void;
  /** Nothing is taken or announced any more. */
  end(): void;
}

/** A page of the log as the subscriber may see it now. */
export interface FeedPage {
  readonly deliveries: readonly Delivery[];
  readonly next: FeedPosition;
  readonly hasMore: boolean;
  /** It was to begin at what is no place in the log. */
  readonly isAstray: boolean;
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
 * A place in the log. Behind, it reads pages; with the last one it joins the live ones, and reads what lies between
 * that page and the place of joining, while what comes later waits already. What waits for too many or for too long
 * is let go of: it is in the log.
 */
export class FeedSubscriber implements Feed {
  readonly email: string;
  readonly isOperations: boolean;
  onMore: () => void = () => {};
  readonly #options: FeedSubscriberOptions;
  /** How far it has come: what lies before was taken, or is not for it. */
  #position: FeedPosition;
  /** The last event that was taken, or where it began: should the log lose what lies behind, it goes on from there. */
  #told: FeedPosition;
  /** What it has read itself, all up to `#readEnd`. */
  #read: Delivery[] = [];
  #readEnd: FeedPosition;
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
    this.#told = options.position;
    this.#readEnd = options.position;
    this.email = options.email;
    this.isOperations = options.isOperations;
  }

  /** Up to where it has read the log itself. */
  get readEnd(): FeedPosition {
    return this.#readEnd;
  }

  /** Whether nobody takes from it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  take(): Delivery | undefined {
    if (this.#failure !== null) throw this.#failure.cause;
    if (this.#isReading || this.#isOver) return undefined;
    const queue = this.#queue();
    const delivery = queue?.[0];
    if (queue === null || (delivery !== undefined && performance.now() - delivery.readAt > maxAge)) {
      void this.#readOn();
      return undefined;
    }
    if (delivery === undefined) return undefined;
    queue.shift();
    this.#position = delivery.event;
    this.#told = delivery.event;
    if (queue === this.#read && queue.length === 0) this.#position = this.#readEnd;
    return delivery;
  }

  ahead(): readonly Delivery[] {
    return (this.#queue() ?? []).slice(0, maxAhead);
  }

  end(): void {
    this.#isOver = true;
    this.#letGo();
    this.#options.tail.leave(this);
  }

  /** The tail's offer of what concerns its viewer and lies after `place`: it keeps what it is after and has not had. */
  offer(deliveries: readonly Delivery[], place: FeedPosition): void {
    if (!this.#isLive) return;
    this.#moveTo(place);
    for (const delivery of deliveries) {
      const { event, viewer } = delivery;
      if (isBefore(this.#readEnd, event) && fits(event, this.#options.filter, viewer)) this.#waiting.push(delivery);
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

  /** Where the next delivery is, if there is one; null: in the log. */
  #queue(): Delivery[] | null {
    if (this.#read.length > 0) return this.#read;
    return this.#isLive && this.#gapEnd === null ? this.#waiting : null;
  }

  /**
   * With nothing that waits, it has had all that was offered: should it fall behind, it reads from there and not from
   * its last event.
   */
  #moveTo(place: FeedPosition): void {
    if (this.#queue() === this.#waiting && this.#waiting.length === 0) {
      this.#position = furthest(this.#position, place);
    }
  }

  async #readOn(): Promise<void> {
    this.#isReading = true;
    try {
      if (!this.#isLive || this.#gapEnd === null) this.#leaveTail();
      const page = await this.#options.nextPage(this.#position);
      if (page.isAstray) this.#goBack();
      else if (!this.#isOver) this.#turnTo(page);
    } catch (error) {
      this.#failure = { cause: error };
    }
    this.#isReading = false;
    if (!this.#isOver) this.onMore();
  }

  #leaveTail(): void {
    this.#letGo();
    this.#isLive = false;
    this.#gapEnd = null;
    this.#options.tail.leave(this);
  }

  /** The log has lost its place: what was told is read on from, if that is there. */
  #goBack(): void {
    if (this.#position === this.#told) throw notInLog();
    this.#leaveTail();
    this.#position = this.#told;
  }

  #letGo(): void {
    this.#read = [];
    this.#waiting.length = 0;
  }

  #turnTo({ deliveries, next, hasMore }: FeedPage): void {
    const end = this.#gapEnd;
    this.#read = deliveries.filter(({ event }) => end === null || !isBefore(end, event));
    const reachesEnd = end !== null && !isBefore(next, end);
    this.#readEnd = reachesEnd ? end : next;
    if (this.#read.length === 0) this.#position = this.#readEnd;
    if (reachesEnd) this.#gapEnd = null;
    if (this.#isLive || hasMore) return;
    this.#isLive = true;
    const joinedAt = this.#options.tail.join(this);
    this.#gapEnd = isBefore(this.#readEnd, joinedAt) ? joinedAt : null;
  }

  /** graphql-js takes nothing else for a source of events. */
  [Symbol.asyncIterator](): never {
    throw new Error("A feed is taken from, not iterated");
  }
}
