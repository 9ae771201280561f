import { readLogAfter, type EventRow, type FeedPosition } from "../db/eventLog";
import { readRecipients, type Recipients } from "../db/recipients";
import type { WakeUp } from "../db/wakeUp";
import { isUnavailable } from "./availability";
import { concerns, rightsOf, viewerOf } from "./feedDelivery";
import type { FeedSubscriber } from "./feedSubscriber";
import type { ServiceContext } from "./serviceContext";

/** Milliseconds after which the log is looked into although nobody announced anything. */
const pollInterval = 1_000;
/** Events that are taken from the log at once. */
const stretchLength = 500;

/** A node's one reader of the log's end. */
export interface FeedTail {
  /**
   * Makes a subscriber live that has caught up with the log. Gives the place from which on it is handed events: what lies
   * between its own position and that place it must still read by itself.
   */
  join(subscriber: FeedSubscriber): FeedPosition;
  leave(subscriber: FeedSubscriber): void;
  stop(): Promise<void>;
}

/**
 * Reads each new stretch of the log once, however many listen, and hands its events to those whose side is part of them, by
 * the rights that the directory gives at that moment: two statements a stretch. Reads only while somebody listens.
 */
export function createFeedTail(context: ServiceContext, wakeUp: WakeUp): FeedTail {
  const listeners = new Map<string, Set<FeedSubscriber>>();
  const operators = new Set<FeedSubscriber>();
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
    context.logger.warn({ cause: String(error) }, "the end of the log can't be read: trying again");
    if (!isUnavailable(error)) for (const same of listeners.values()) for (const each of same) each.fallBehind();
    return false;
  }

  async function readStretch(after: FeedPosition): Promise<boolean> {
    const { manager } = context.dataSource;
    const { events, next, hasMore } = await readLogAfter(manager, after, stretchLength);
    if (events.length > 0) {
      await context.clock.refresh();
      dispatch(events, await readRecipients(manager, events));
    }
    place = next;
    return hasMore;
  }

  function dispatch(events: readonly EventRow[], parties: readonly Recipients[]): void {
    const round = new DispatchRound(events);
    const told = new Set<string>();
    for (const recipients of parties) {
      for (const email of recipients.emails) {
        told.add(email);
        round.offerTo(listeners.get(email), recipients);
      }
    }
    for (const operator of operators) if (!told.has(operator.email)) round.offerTo([operator], null);
  }

  return {
    join(subscriber) {
      const isIdle = place === null;
      place ??= subscriber.position;
      const same = listeners.get(subscriber.email) ?? new Set();
      listeners.set(subscriber.email, same.add(subscriber));
      if (subscriber.isOperations) operators.add(subscriber);
      subscriber.isLive = true;
      if (isIdle) reading = reading.then(read);
      return place;
    },
    leave(subscriber) {
      const same = listeners.get(subscriber.email);
      same?.delete(subscriber);
      if (same?.size === 0) listeners.delete(subscriber.email);
      operators.delete(subscriber);
    },
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

/** Some events on their way to all who listen. */
class DispatchRound {
  readonly #shared: ReadonlyMap<EventRow, Map<string, unknown>>;

  constructor(readonly events: readonly EventRow[]) {
    this.#shared = new Map(events.map((event) => [event, new Map()]));
  }

  /** Offers one person's subscribers those of the events that its side is part of. */
  offerTo(subscribers: Iterable<FeedSubscriber> | undefined, recipients: Recipients | null): void {
    for (const subscriber of subscribers ?? []) {
      const viewer = viewerOf(subscriber.email, subscriber.isOperations, recipients);
      const rights = rightsOf(viewer, recipients?.hasRole ?? false);
      for (const event of this.events) {
        if (!concerns(event, viewer, recipients?.accountIds ?? [])) continue;
        subscriber.offer(event, viewer, () => ({
          event,
          viewer,
          rights,
          shared: this.#shared.get(event) ?? new Map(),
        }));
      }
    }
  }
}
