import type { EntityManager } from "typeorm";
import type { CocpEvent } from "../../domain/events";
import type { CocpEventType, CocpStatus, Viewer } from "../../domain/model";
import type { CocpRecord } from "../../domain/record";
import { CocpEventEntity } from "../../entities/cocpEventEntity";
import { insertion } from "../postgres/insertion";
import { jsonColumnsOf, JsonShape, selectJson } from "../postgres/jsonRows";
import { allOf, columnsOf, join, limitedTo, select, sql, type Sql } from "../postgres/sql";
import { isOutdated } from "../directory/viewers";
import { visibleEventParts, visibleEvents } from "../tenancy";

/**
 * A place in the log: after an event that is committed for good, by its transaction and its position. Never a
 * transaction without an event: after a crash PostgreSQL may give the number of one that left nothing behind to
 * another.
 */
export interface FeedPosition {
  readonly transactionId: string;
  readonly position: string;
  /**
   * How the event's id begins, or all of it: a database that was restored may give the same numbers to another event.
   */
  readonly id: string;
}

/** An event as the log holds it. */
export type EventRow = Omit<CocpEventEntity, "facts"> & {
  /** Of what domain/events.ts keeps with each type of event, what the API tells. */
  readonly facts: { readonly note?: string | null; readonly caseNumber?: string };
};

/** An event with the record as it left it. */
export interface NewEvent {
  readonly event: CocpEvent;
  readonly record: CocpRecord;
}

/** Appends events in the order given. */
export function appendingEvents(changes: readonly NewEvent[]): Sql {
  const rows = changes.map(({ event, record }) => ({
    recordId: record.id,
    sequence: record.version,
    ...event,
    requestId: record.requestId,
    billingAccountId: record.billingAccountId,
    newPartnerId: record.newPartnerId,
    oldPartnerId: record.approvedAt === null ? null : record.oldPartnerId,
  }));
  return insertion(CocpEventEntity, rows, ["id", "position", "transactionId"]);
}

/** What a reader of the feed is after. */
export interface EventFilter {
  readonly requestId?: string | undefined;
  readonly types?: readonly CocpEventType[] | undefined;
  readonly statuses?: readonly CocpStatus[] | undefined;
  readonly direction?: "INCOMING" | "OUTGOING" | undefined;
}

/** A stretch of the feed, and from where to read on: past all that was looked at, matching or not. */
export interface EventStretch {
  readonly events: EventRow[];
  readonly next: FeedPosition;
  /** There was room for more than `limit`. */
  readonly hasMore: boolean;
  /**
   * Where it was to begin is no place in the log: the database lost what was committed, and may have given its ids to
   * others.
   */
  readonly isAstray: boolean;
}

/** A stretch of what a viewer may see. */
export interface ViewerStretch extends EventStretch {
  /**
   * The directory gives the viewer other parts than it was read with: events that it may see can be missing, and
   * others be there.
   */
  readonly isOutdated: boolean;
}

/**
 * The viewer's events after a place, in commit order. Looks only below every transaction still running
 * (pg_snapshot_xmin), so that one that commits late is waited for and never skipped.
 */
export async function readEventsAfter(
  manager: EntityManager,
  viewer: Viewer,
  after: FeedPosition,
  filter: EventFilter,
  limit: number,
): Promise<ViewerStretch> {
  // No event meets two of the conditions.
  const parts = visibleEventParts(viewer).map(
    (part) => sql`(${eventsAfter(after, sql`${part} AND ${matching(filter, viewer)}`, limit)})`,
  );
  const rows = await select<LogBounds & { isOutdated: boolean } & (EventRow | { id: null })>(
    manager,
    sql`WITH horizon AS (SELECT ${feedHorizon} AS xmin, ${boundsFrom(after)}, ${isOutdated(viewer)} AS "isOutdated")
      SELECT horizon."feedEnd", horizon."isAstray", horizon."isOutdated", ${eventColumns} FROM horizon LEFT JOIN LATERAL (
        SELECT * FROM (${join(parts, " UNION ALL ")}) part ORDER BY transaction_id, position ${limitedTo(limit + 1)}
      ) e ON true`,
  );
  const found = rows.filter((row): row is typeof row & EventRow => row.id !== null);
  return { ...stretchOf(found, rows[0], after, limit), isOutdated: rows[0]?.isOutdated ?? false };
}

/**
 * A SELECT of the events `e` after a place, in commit order, below the xmin of a `horizon`: one more than `limit` at
 * most.
 */
export function eventsAfter(after: FeedPosition, condition: Sql, limit: number): Sql {
  return sql`SELECT e.* FROM cocp_events e, horizon
    WHERE (e.transaction_id, e.position) > (${after.transactionId}::bigint, ${after.position}::bigint)
      AND e.transaction_id < horizon.xmin AND ${condition}
    ORDER BY e.transaction_id, e.position ${limitedTo(limit + 1)}`;
}

/** The stretch that is made of what `eventsAfter` found, and of the log's bounds. */
export function stretchOf(
  found: readonly EventRow[],
  bounds: LogBounds | undefined,
  after: FeedPosition,
  limit: number,
): EventStretch {
  const events = found.slice(0, limit);
  const hasMore = found.length > limit;
  const last = events.at(-1);
  const next = hasMore && last !== undefined ? last : furthest(feedEndIn(bounds?.feedEnd), after); // of the same one, the log's: it has the whole id
  return { events, hasMore, next, isAstray: bounds?.isAstray ?? false };
}

/** Below it every transaction is over. */
export const feedHorizon = sql`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/** The last event below every transaction still running, as `feedEndIn` reads it; null: there is none yet. */
export const feedEnd = sql`(SELECT transaction_id || ' ' || position || ' ' || id FROM cocp_events
  WHERE transaction_id < ${feedHorizon} ORDER BY transaction_id DESC, position DESC LIMIT 1)`;

/** What a reader of the log learns of it beside the events. */
export interface LogBounds {
  /** As `feedEndIn` reads it. */
  readonly feedEnd: string | null;
  readonly isAstray: boolean;
}

/** The columns of LogBounds, for who reads on from a place. */
export function boundsFrom({ transactionId, position, id }: FeedPosition): Sql {
  const place = sql`(${transactionId}::bigint, ${position}::bigint)`;
  return sql`${feedEnd} AS "feedEnd", ${place} > (0, 0) AND NOT EXISTS (SELECT FROM cocp_events
    WHERE (transaction_id, position) = ${place} AND starts_with(id::text, ${id})) AS "isAstray"`;
}

/** The place that `feedEnd` gave. */
export function feedEndIn(text: string | null | undefined): FeedPosition {
  const [transactionId = "0", position = "0", id = ""] = text?.split(" ") ?? [];
  return { transactionId, position, id };
}

const eventColumns = columnsOf(CocpEventEntity, "e");
/** Events `e` as JSON. */
export const eventShape = new JsonShape<EventRow>(jsonColumnsOf(CocpEventEntity, "e"));

/** The later one of two places. */
export function furthest(first: FeedPosition, second: FeedPosition): FeedPosition {
  return isBefore(first, second) ? second : first;
}

/** Whether a place comes before another. */
export function isBefore(first: FeedPosition, second: FeedPosition): boolean {
  const order = compare(first.transactionId, second.transactionId) || compare(first.position, second.position);
  return order < 0;
}

/** Whether two places are the same event's, and not of two that got the same numbers. */
export function isSame(one: FeedPosition, other: FeedPosition): boolean {
  const isOrdered = isBefore(one, other) || isBefore(other, one);
  return !isOrdered && (one.id.startsWith(other.id) || other.id.startsWith(one.id));
}

/** Orders two whole numbers that are too large for a `number`, as PostgreSQL writes them: without leading zeros. */
function compare(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : Number(one > other);
}

/** Before the first event. */
export const beginning: FeedPosition = feedEndIn(null);

/**
 * Where the feed stands: everything before it is committed and seen by whoever reads from now on. And whether a place
 * is none.
 */
export async function readFeedEnd(
  manager: EntityManager,
  place: FeedPosition,
): Promise<{ readonly end: FeedPosition; readonly isAstray: boolean }> {
  const [row] = await select<LogBounds>(manager, sql`SELECT ${boundsFrom(place)}`);
  return { end: feedEndIn(row?.feedEnd), isAstray: row?.isAstray ?? false };
}

/** Events that the viewer may see and that meet a condition on `e`, oldest first. */
export async function readEvents(manager: EntityManager, viewer: Viewer, condition: Sql): Promise<EventRow[]> {
  const from = sql`cocp_events e WHERE ${visibleEvents(viewer)} AND ${condition} ORDER BY e.record_id, e.sequence`;
  return await selectJson(manager, eventShape, from);
}

/** Whether an event is what a reader is after: the same rule as `matching`, for one that was read already. */
export function fits(event: EventRow, filter: EventFilter, viewer: Viewer): boolean {
  const partnerId = viewer.partner?.id ?? null;
  return (
    (filter.requestId === undefined || filter.requestId === event.requestId) &&
    (filter.types === undefined || filter.types.includes(event.type)) &&
    (filter.statuses === undefined || filter.statuses.includes(event.status)) &&
    (filter.direction !== "INCOMING" || event.newPartnerId === partnerId) &&
    (filter.direction !== "OUTGOING" || (event.oldPartnerId !== null && event.oldPartnerId === partnerId))
  );
}

function matching(filter: EventFilter, viewer: Viewer): Sql {
  const partnerId = viewer.partner?.id ?? null;
  const conditions: Sql[] = [];
  if (filter.requestId !== undefined) conditions.push(sql`e.request_id = ${filter.requestId}`);
  if (filter.types !== undefined) conditions.push(sql`e.type = ANY(${[...filter.types]})`);
  if (filter.statuses !== undefined) conditions.push(sql`e.status = ANY(${[...filter.statuses]})`);
  if (filter.direction === "INCOMING") conditions.push(sql`e.new_partner_id = ${partnerId}::uuid`);
  if (filter.direction === "OUTGOING") conditions.push(sql`e.old_partner_id = ${partnerId}::uuid`);
  return allOf(conditions);
}
