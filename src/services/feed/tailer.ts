import { isBefore, isSame, type EventRow, type FeedPosition } from "../../db/feed/eventLog";
import type { Recipients, TailStretch } from "../../db/feed/logTail";
import type { WakeUp } from "../../db/feed/logNotifications";
import { isUnavailable } from "../unavailable";
import { concerns, deliveriesTo, viewerOf, type Delivery } from "./delivery";
import type { FeedSubscriber, LiveFeed } from "./subscriber";
import type { ServiceContext } from "../serviceContext";

/** Events that are taken from the log at once. */
const stretchLength = 500;

/** A node's one reader of the log's end. */
export interface FeedTail extends LiveFeed {
  stop(): Promise<void>;
}

export interface FeedTailOptions extends Pick<ServiceContext, "clock" | "logger"> {
  readonly wakeUp: WakeUp;
  /** Milliseconds after which the log is read without a notification; 1,000 if absent. */
  readonly pollInterval?: number;
  /** `readLogTail`. */
  readonly readLog: (after: FeedPosition, limit: number, operators: readonly string[]) => Promise<TailStretch>;
}

/**
 * Reads each new stretch of the log once, however many listen, and hands its events to those whose side is part of
 * them, by the rights that the directory gives at that moment: one statement a stretch. Reads only while somebody
 * listens.
 */
export function createFeedTail(options: FeedTailOptions): FeedTail {
  const { wakeUp, readLog, clock, logger, pollInterval = 1_000 } = options;
  const listeners = new Map<string, Set<FeedSubscriber>>();
  const operators = new Set<FeedSubscriber>();
  /** Those that had read further when they joined: what they read must turn out to be in the log. */
  const ahead = new Set<FeedSubscriber>();
  const stopping = new AbortController();
  let place: FeedPosition | null = null;
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    while (place !== null && listeners.size > 0 && !stopping.signal.aborted) {
      const woken = wakeUp.wait(pollInterval, stopping.signal);
      const hasMore = await readStretch(place).catch(onFailure);
      if (!hasMore) await woken;
    }
    place = null;
  }

  /** While the database is away everybody waits; any other failure is each subscriber's own to meet, and to be told. */
  function onFailure(error: unknown): false {
    logger.warn({ cause: String(error) }, "the end of the log can't be read: trying again");
    if (!isUnavailable(error) && place !== null) letAllFallBehind(place);
    return false;
  }

  function letAllFallBehind(from: FeedPosition): void {
    for (const same of listeners.values()) for (const each of same) each.fallBehind(from);
  }

  async function readStretch(after: FeedPosition): Promise<boolean> {
    const known = new Set(Array.from(operators, ({ email }) => email));
    const wereAhead = new Set(ahead);
    const stretch = await readLog(after, stretchLength, [...known]);
    const { events, recipients, next, hasMore, isAstray } = stretch;
    if (isAstray) {
      logger.error("the log has lost events that were told: subscribers must begin anew");
      place = null; // each meets it by itself, and who can read on begins another
      letAllFallBehind(after);
      return false;
    }
    if (events.length > 0) await clock.refresh();
    verify(wereAhead, stretch, after);
    if (events.length > 0) {
      dispatch(events, after, recipients);
      // The rights of an operator who came meanwhile are not among those that were read.
      for (const operator of operators) if (!known.has(operator.email)) operator.fallBehind(after);
    }
    place = next;
    return hasMore;
  }

  /**
   * What those had read who are ahead of a stretch comes in it or in a later one. Where it does not come although
   * they were ahead when the stretch was asked for, it is not in the log any more.
   */
  function verify(
    wereAhead: ReadonlySet<FeedSubscriber>,
    { events, next, hasMore }: TailStretch,
    after: FeedPosition,
  ): void {
    for (const subscriber of ahead) {
      const { readEnd } = subscriber;
      const isThere = events.some((event) => isSame(event, readEnd));
      const mayCome = !wereAhead.has(subscriber) || (hasMore && isBefore(next, readEnd));
      if (isThere || !mayCome) ahead.delete(subscriber);
      if (!isThere && !mayCome) subscriber.fallBehind(after);
    }
  }

  /** One list of deliveries for all who have the same rights, and one for the operators among them. */
  function dispatch(events: readonly EventRow[], after: FeedPosition, parties: readonly Recipients[]): void {
    for (const recipients of parties) {
      const plain = lazily(() => deliveriesOf(recipients, false, events));
      const asOperator = lazily(() => deliveriesOf(recipients, true, events));
      for (const email of recipients.emails) {
        for (const subscriber of listeners.get(email) ?? []) {
          subscriber.offer(subscriber.isOperations ? asOperator() : plain(), after);
        }
      }
    }
  }

  return {
    join(subscriber) {
      const isIdle = place === null;
      place ??= subscriber.readEnd;
      const { readEnd } = subscriber;
      if (!isBefore(readEnd, place) && !isSame(readEnd, place)) ahead.add(subscriber);
      const same = listeners.get(subscriber.email) ?? new Set();
      listeners.set(subscriber.email, same.add(subscriber));
      if (subscriber.isOperations) operators.add(subscriber);
      if (isIdle) reading = reading.then(read);
      return place;
    },
    leave(subscriber) {
      const same = listeners.get(subscriber.email);
      same?.delete(subscriber);
      ahead.delete(subscriber);
      if (same?.size === 0) listeners.delete(subscriber.email);
      // One that reads the log again for a while comes back, and what is read meanwhile is to be for its rights as
      // well.
      if (subscriber.isOver) operators.delete(subscriber);
    },
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

/** Those of the events that the recipients' side is part of. */
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
