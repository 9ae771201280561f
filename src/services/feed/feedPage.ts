import { beginning, readEvents, readEventsAfter, type EventFilter, type EventRow } from "../../db/feed/eventLog";
import { sql } from "../../db/postgres/sql";
import type { Viewer } from "../../domain/model";
import { UnavailableError } from "../unavailable";
import { feedCursor, startingPosition } from "./cursor";
import { checkPage, type Page, type PageArgs } from "../pagination";
import type { ServiceContext } from "../serviceContext";

export type { EventRow };

/**
 * Reads a page of the feed: the same events, order and cursors as the subscription. Throws BadInputError,
 * InvalidCursorError, and UnavailableError when the viewer's rights have changed since they were read: the page could
 * miss an event.
 */
export async function readFeedPage(
  context: ServiceContext,
  viewer: Viewer,
  filter: EventFilter,
  args: Pick<PageArgs, "first" | "after">,
): Promise<Page<EventRow>> {
  const { limit, cursor } = checkPage(args);
  const { manager } = context.dataSource;
  const after = cursor === null ? beginning : await startingPosition(manager, cursor);
  const { events, hasMore, isOutdated } = await readEventsAfter(manager, viewer, after, filter, limit);
  if (isOutdated) throw new UnavailableError("The viewer's rights changed while the feed was read");
  return {
    items: events,
    cursorOf: feedCursor,
    hasNextPage: hasMore,
    hasPreviousPage: cursor !== null,
  };
}

/** Reads the visible events of records, oldest first. */
export async function readRecordEvents(
  context: ServiceContext,
  viewer: Viewer,
  recordIds: readonly string[],
): Promise<EventRow[]> {
  return await readEvents(context.dataSource.manager, viewer, sql`e.record_id = ANY(${[...recordIds]}::uuid[])`);
}

/** Reads visible events by id. */
export async function readEventsById(
  context: ServiceContext,
  viewer: Viewer,
  ids: readonly string[],
): Promise<Map<string, EventRow>> {
  const events = await readEvents(context.dataSource.manager, viewer, sql`e.id = ANY(${[...ids]}::uuid[])`);
  return new Map(events.map((event) => [event.id, event]));
}
