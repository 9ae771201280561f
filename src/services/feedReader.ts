import { setTimeout as pause } from "node:timers/promises";
import { isBefore, readEventsAfter, type EventFilter, type FeedPosition } from "../db/eventLog";
import type { WakeUp } from "../db/wakeUp";
import type { Viewer } from "../domain/model";
import { isUnavailable } from "./availability";
import { startingPosition } from "./feedCursor";
import type { Delivery } from "./feedDelivery";
import { FeedSubscriber } from "./feedSubscriber";
import { createFeedTail, type FeedTail } from "./feedTail";
import type { ServiceContext } from "./serviceContext";

/** Events that a subscriber takes from the log at once while it catches up. */
const pageLength = 100;
/** Milliseconds after which a subscriber tries again when the database was away. */
const retryAfter = 1_000;

export interface Subscription {
  /** Who subscribes, as it was looked up when it did. */
  readonly viewer: Viewer;
  /** The same, looked up afresh: rights may have gone. Throws to end the feed. */
  refreshedViewer(): Promise<Viewer>;
  readonly filter: EventFilter;
  /** An opaque cursor; null: from now on. */
  readonly after: string | null;
}

/** Gives feeds; one a node. */
export interface FeedReader {
  /**
   * The feed from a cursor on, then live: nothing lost, nothing twice. While the database is away it waits. Throws
   * InvalidCursorError at once.
   */
  subscribe(subscription: Subscription): Promise<AsyncIterableIterator<Delivery>>;
  stop(): Promise<void>;
}

/**
 * A subscriber reads the log by itself, in pages, until it has caught up; then the node's one reader hands it what is new.
 * One that is too slow loses its buffer, not its events: it goes back to reading the log.
 */
export function createFeedReader(context: ServiceContext, wakeUp: WakeUp): FeedReader {
  const tail = createFeedTail(context, wakeUp);
  return {
    async subscribe(subscription) {
      const { viewer, filter, after } = subscription;
      const position = await startingPosition(context.dataSource.manager, after);
      const subscriber = new FeedSubscriber(viewer.email, viewer.isOperations, filter, position);
      return follow(subscriber, tail, (signal) => readPage(context, subscription, subscriber.position, signal));
    },
    stop: () => tail.stop(),
  };
}

interface FeedPage {
  readonly deliveries: readonly Delivery[];
  readonly next: FeedPosition;
  readonly hasMore: boolean;
}

/** A page of the log as the subscriber may see it now; waits while the database is away. */
async function readPage(
  context: ServiceContext,
  { refreshedViewer, filter }: Subscription,
  after: FeedPosition,
  signal: AbortSignal,
): Promise<FeedPage> {
  try {
    const viewer = await refreshedViewer();
    const { manager } = context.dataSource;
    const { events, next, hasMore } = await readEventsAfter(manager, viewer, after, filter, pageLength);
    const rights = `person ${viewer.email}`;
    return { deliveries: events.map((event) => ({ event, viewer, rights, shared: new Map() })), next, hasMore };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    context.logger.debug({ cause: String(error) }, "a subscriber waits for the database");
    await pause(retryAfter, undefined, { signal }).catch(() => undefined);
    return { deliveries: [], next: after, hasMore: true };
  }
}

/**
 * The deliveries of one subscriber, in order. Behind, it reads pages; with the last one it joins the live ones, and reads
 * what lies between that page and the place of joining, while what comes later waits already.
 *
 * A plain iterator: `return()` ends a `next()` that waits, which an async generator can't.
 */
function follow(
  subscriber: FeedSubscriber,
  tail: FeedTail,
  nextPage: (signal: AbortSignal) => Promise<FeedPage>,
): AsyncIterableIterator<Delivery> {
  const over = new AbortController();
  let read: Delivery[] = [];
  let joinedAt: FeedPosition | null = null;

  async function readOn(): Promise<void> {
    const page = await nextPage(over.signal);
    if (over.signal.aborted) return;
    const end = joinedAt;
    const isOurs = ({ event }: Delivery) => end === null || isBefore(event, end);
    read = page.deliveries.filter(isOurs);
    const reachesEnd = end !== null && !isBefore(page.next, end);
    subscriber.position = reachesEnd ? end : page.next;
    if (!subscriber.isLive && !page.hasMore) joinedAt = tail.join(subscriber);
  }

  const end = async () => {
    over.abort();
    tail.leave(subscriber);
    subscriber.fallBehind();
    return { done: true as const, value: undefined };
  };
  const iterator: AsyncIterableIterator<Delivery> = {
    async next() {
      while (!over.signal.aborted) {
        const caughtUp = read.shift();
        if (caughtUp !== undefined) return { done: false, value: caughtUp };
        if (!subscriber.isLive) {
          tail.leave(subscriber);
          joinedAt = null;
          await readOn();
        } else if (joinedAt !== null && isBefore(subscriber.position, joinedAt)) await readOn();
        else {
          const delivery = subscriber.take();
          if (delivery !== undefined) return { done: false, value: delivery };
          await subscriber.something();
        }
      }
      return { done: true, value: undefined };
    },
    return: end,
    throw: end,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
