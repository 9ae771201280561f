import { setTimeout as pause } from "node:timers/promises";
import { readEventsAfter, type EventFilter, type FeedPosition } from "../../db/feed/eventLog";
import { readLogTail } from "../../db/feed/logTail";
import type { Database } from "../../db/postgres/connectionQuotas";
import type { WakeUp } from "../../db/feed/logNotifications";
import type { Viewer } from "../../domain/model";
import { isUnavailable } from "../unavailable";
import { ConcurrencyLimit } from "../concurrencyLimit";
import { startingPosition } from "./cursor";
import { deliveriesTo } from "./delivery";
import { FeedSubscriber, type Feed, type FeedPage } from "./subscriber";
import { createFeedTail, type FeedTailOptions } from "./tailer";
import type { ServiceContext } from "../serviceContext";

/** Events that a subscriber takes from the log at once while it catches up. */
const pageLength = 100;
/** Milliseconds after which a subscriber tries again when the database was away. */
const retryAfter = 1_000;

export interface Subscription {
  /** What the log is read from: the subscriber's share of the connections. */
  readonly database: Database;
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
   * InvalidCursorError at once, or when the database comes back without what the subscriber was told.
   */
  subscribe(subscription: Subscription): Promise<Feed>;
  stop(): Promise<void>;
}

export interface FeedReaderOptions {
  readonly wakeUp: WakeUp;
  /**
   * Subscribers that may read the log at once, half of them those of one person: the rest of the connections is for
   * those who wait for an answer.
   */
  readonly readersAtOnce: number;
  /** Milliseconds after which the log is read without a notification; 1,000 if absent. */
  readonly pollInterval?: number;
  /** Milliseconds after which a read of the log's end is repeated on another connection; 3,000 if absent. */
  readonly readWithin?: number;
}

/**
 * Reads the log's end. After a failure the next read has all the time of any statement: the database may be slow, not
 * gone.
 */
function createLogReader(dataSource: Database, readWithin: number): FeedTailOptions["readLog"] {
  let hasFailed = false;
  return async (after, limit, operators) => {
    const answerWithin = hasFailed ? undefined : readWithin;
    hasFailed = true;
    const stretch = await readLogTail(dataSource.manager, after, limit, operators, answerWithin);
    hasFailed = false;
    return stretch;
  };
}

/**
 * A subscriber reads the log by itself, in pages, until it has caught up; then the node's one reader hands it what is
 * new. One that is too slow loses its buffer, not its events: it goes back to reading the log.
 */
export function createFeedReader(context: ServiceContext, options: FeedReaderOptions): FeedReader {
  const { readersAtOnce, readWithin = 3_000, ...live } = options;
  const { clock, logger, dataSource } = context;
  const readLog = createLogReader(dataSource, readWithin);
  const tail = createFeedTail({ ...live, readLog, clock, logger });
  const readers = new ConcurrencyLimit({ max: readersAtOnce, maxPerKey: Math.ceil(readersAtOnce / 2) });
  return {
    async subscribe(subscription) {
      const { database, viewer, filter, after } = subscription;
      const { email, isOperations } = viewer;
      const position = await readers.run(email, () => startingPosition(database.manager, after));
      const nextPage = async (from: FeedPosition) => {
        const page = await readers.run(email, () => readPage(context, subscription, from));
        if (page !== null) return page;
        await pause(retryAfter);
        return nothingAfter(from);
      };
      return new FeedSubscriber({ email, isOperations, filter, position, tail, nextPage });
    },
    stop: () => tail.stop(),
  };
}

/** To be asked for again. */
function nothingAfter(next: FeedPosition): FeedPage {
  return { deliveries: [], next, hasMore: true, isAstray: false };
}

/** A page of the log as the subscriber may see it now; null: the database is away. */
async function readPage(
  context: ServiceContext,
  { database, refreshedViewer, filter }: Subscription,
  after: FeedPosition,
): Promise<FeedPage | null> {
  try {
    const viewer = await refreshedViewer();
    const stretch = await readEventsAfter(database.manager, viewer, after, filter, pageLength);
    // Parts that came since the viewer was looked up may be what an event is seen by: reading past it would lose it.
    if (stretch.isOutdated) return nothingAfter(after);
    return { ...stretch, deliveries: deliveriesTo(viewer, stretch.events) };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    context.logger.debug({ cause: String(error) }, "a subscriber waits for the database");
    return null;
  }
}
