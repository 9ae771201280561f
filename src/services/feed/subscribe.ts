import { setTimeout as pause } from "node:timers/promises";
import { readEventsAfter, type EventFilter, type FeedPosition } from "../../db/feed/eventLog";
import { readLogTail } from "../../db/feed/logTail";
import type { Database } from "../../db/postgres/connectionQuotas";
import type { LogNotifications } from "../../db/feed/logNotifications";
import type { Viewer } from "../../domain/model";
import { isUnavailable } from "../unavailable";
import { ConcurrencyLimit } from "../concurrencyLimit";
import { startingPosition } from "./cursor";
import { deliveriesTo } from "./delivery";
import { FeedSubscriber, type Feed, type FeedPage } from "./subscriber";
import { LogTailer, type LogTailerOptions } from "./tailer";
import type { ServiceContext } from "../serviceContext";

/** Events of a page that a subscriber reads while it catches up. */
const pageSize = 100;
/** Milliseconds until a subscriber tries again when the database was away. */
const retryDelay = 1_000;

export interface Subscription {
  /** Reads the log within the person's connection quota. */
  readonly database: Database;
  /** The viewer at the time of subscribing. */
  readonly viewer: Viewer;
  /** Returns the viewer with its present rights. A rejection ends the feed. */
  refreshedViewer(): Promise<Viewer>;
  readonly filter: EventFilter;
  /** An opaque cursor; null for new events only. */
  readonly after: string | null;
}

/** The feeds of a node. */
export interface FeedReader {
  /**
   * Returns the feed after a cursor: first the log, then live events, each once. It waits while the database is away.
   * Rejects with InvalidCursorError, also later when the database comes back without delivered events.
   */
  subscribe(subscription: Subscription): Promise<Feed>;
  stop(): Promise<void>;
}

export interface FeedReaderOptions {
  readonly notifications: LogNotifications;
  /**
   * Subscribers that may read the log at once; half of them may be one person's. Other connections are for requests.
   */
  readonly maxReaders: number;
  /** Milliseconds after which the log is read without a notification; 1,000 if absent. */
  readonly pollInterval?: number;
  /** Milliseconds after which a read of the log is repeated on another connection; 3,000 if absent. */
  readonly readWithin?: number;
}

/** Reads new batches of the log. After a failure, the next read has the usual time limit: the database may be slow. */
function createLogReader(dataSource: Database, readWithin: number): LogTailerOptions["readLog"] {
  let hasFailed = false;
  return async (after, limit, operators) => {
    const answerWithin = hasFailed ? undefined : readWithin;
    hasFailed = true;
    const batch = await readLogTail(dataSource.manager, after, limit, operators, answerWithin);
    hasFailed = false;
    return batch;
  };
}

/**
 * Makes the feeds of a node. A subscriber reads pages of the log until it has caught up, then the tailer offers it new
 * events. A slow subscriber loses its buffer, not its events: it reads the log again.
 */
export function createFeedReader(context: ServiceContext, options: FeedReaderOptions): FeedReader {
  const { maxReaders, readWithin = 3_000, ...live } = options;
  const { clock, logger, dataSource } = context;
  const readLog = createLogReader(dataSource, readWithin);
  const tailer = new LogTailer({ ...live, readLog, clock, logger });
  const readers = new ConcurrencyLimit({ max: maxReaders, maxPerKey: Math.ceil(maxReaders / 2) });
  return {
    async subscribe(subscription) {
      const { database, viewer, filter, after } = subscription;
      const { email, isOperations } = viewer;
      const position = await readers.run(email, () => startingPosition(database.manager, after));
      const nextPage = async (from: FeedPosition) => {
        const page = await readers.run(email, () => readPage(context, subscription, from));
        if (page !== null) return page;
        await pause(retryDelay);
        return emptyPage(from);
      };
      return new FeedSubscriber({ email, isOperations, filter, position, liveFeed: tailer, nextPage });
    },
    stop: () => tailer.stop(),
  };
}

/** An empty page, so that the same offset is read again. */
function emptyPage(next: FeedPosition): FeedPage {
  return { deliveries: [], next, hasMore: true, isUnknownOffset: false };
}

/** Reads a page of the log with the present rights. Null while the database is away. */
async function readPage(
  context: ServiceContext,
  { database, refreshedViewer, filter }: Subscription,
  after: FeedPosition,
): Promise<FeedPage | null> {
  try {
    const viewer = await refreshedViewer();
    const page = await readEventsAfter(database.manager, viewer, after, filter, pageSize);
    // New rights may make an event visible: reading past it would lose it.
    if (page.isOutdated) return emptyPage(after);
    return { ...page, deliveries: deliveriesTo(viewer, page.events) };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    context.logger.debug({ cause: String(error) }, "a subscriber waits for the database");
    return null;
  }
}
