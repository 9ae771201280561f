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
 * An offset of the log: that of a committed event, by its transaction and position. Never a transaction without an
 * event: after a crash PostgreSQL may use its number again.
 */
export interface FeedPosition {
  readonly transactionId: string;
  readonly position: string;
  /** The beginning of the event's id, or all of it: a restored database may give the same numbers to another event. */
  readonly id: string;
}

/** An event of the log. */
export type EventRow = Omit<CocpEventEntity, "facts"> & {
  /** The facts of domain/events.ts that the API returns. */
  readonly facts: { readonly note?: string | null; readonly caseNumber?: string };
};

/** An event, and the record after it. */
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

/** The filter of a feed. */
export interface EventFilter {
  readonly requestId?: string | undefined;
  readonly types?: readonly CocpEventType[] | undefined;
  readonly statuses?: readonly CocpStatus[] | undefined;
  readonly direction?: "INCOMING" | "OUTGOING" | undefined;
}

/** A batch of the feed, with the offset of the next one: past all events that were checked, matching or not. */
export interface EventBatch {
  readonly events: EventRow[];
  readonly next: FeedPosition;
  /** Whether there are more than `limit`. */
  readonly hasMore: boolean;
  /**
   * The log does not have the event of the offset: the database has lost commits, and may have used its numbers
   * again.
   */
  readonly isUnknownOffset: boolean;
}

/** A batch of the events that a viewer may see. */
export interface ViewerBatch extends EventBatch {
  /** The viewer's rights have changed since they were read: events may be missing, or no longer visible. */
  readonly isOutdated: boolean;
}

/**
 * Reads the viewer's events after an offset, in commit order. Reads only below every running transaction
 * (pg_snapshot_xmin), so that a late commit is waited for and never skipped.
 */
export async function readEventsAfter(
  manager: EntityManager,
  viewer: Viewer,
  after: FeedPosition,
  filter: EventFilter,
  limit: number,
): Promise<ViewerBatch> {
  // No event meets two of the conditions.
  const parts = visibleEventParts(viewer).map(
    (part) => sql`(${eventsAfter(after, sql`${part} AND ${matching(filter, viewer)}`, limit)})`,
  );
  const rows = await select<LogBounds & { isOutdated: boolean } & (EventRow | { id: null })>(
    manager,
    sql`WITH horizon AS (SELECT ${feedHorizon} AS xmin, ${boundsFrom(after)}, ${isOutdated(viewer)} AS "isOutdated")
      SELECT horizon."feedEnd", horizon."isUnknownOffset", horizon."isOutdated", ${eventColumns} FROM horizon LEFT JOIN LATERAL (
        SELECT * FROM (${join(parts, " UNION ALL ")}) part ORDER BY transaction_id, position ${limitedTo(limit + 1)}
      ) e ON true`,
  );
  const found = rows.filter((row): row is typeof row & EventRow => row.id !== null);
  return { ...batchOf(found, rows[0], after, limit), isOutdated: rows[0]?.isOutdated ?? false };
}

/** A SELECT of events `e` after an offset, in commit order, below the xmin of `horizon`; at most `limit` + 1. */
export function eventsAfter(after: FeedPosition, condition: Sql, limit: number): Sql {
  return sql`SELECT e.* FROM cocp_events e, horizon
    WHERE (e.transaction_id, e.position) > (${after.transactionId}::bigint, ${after.position}::bigint)
      AND e.transaction_id < horizon.xmin AND ${condition}
    ORDER BY e.transaction_id, e.position ${limitedTo(limit + 1)}`;
}

/** Makes a batch of the rows of `eventsAfter` and the bounds of the log. */
export function batchOf(
  found: readonly EventRow[],
  bounds: LogBounds | undefined,
  after: FeedPosition,
  limit: number,
): EventBatch {
  const events = found.slice(0, limit);
  const hasMore = found.length > limit;
  const last = events.at(-1);
  // For the same event, `furthest` prefers the offset of the log, which has the whole id.
  const next = hasMore && last !== undefined ? last : furthest(feedEndIn(bounds?.feedEnd), after);
  return { events, hasMore, next, isUnknownOffset: bounds?.isUnknownOffset ?? false };
}

/** All transactions below it have ended. */
export const feedHorizon = sql`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/** The last event below every running transaction, for `feedEndIn`; null in an empty log. */
export const feedEnd = sql`(SELECT transaction_id || ' ' || position || ' ' || id FROM cocp_events
  WHERE transaction_id < ${feedHorizon} ORDER BY transaction_id DESC, position DESC LIMIT 1)`;

/** Bounds of the log, read with the events. */
export interface LogBounds {
  /** For `feedEndIn`. */
  readonly feedEnd: string | null;
  readonly isUnknownOffset: boolean;
}

/** The columns of LogBounds, for a reader that continues after an offset. */
export function boundsFrom({ transactionId, position, id }: FeedPosition): Sql {
  const offset = sql`(${transactionId}::bigint, ${position}::bigint)`;
  return sql`${feedEnd} AS "feedEnd", ${offset} > (0, 0) AND NOT EXISTS (SELECT FROM cocp_events
    WHERE (transaction_id, position) = ${offset} AND starts_with(id::text, ${id})) AS "isUnknownOffset"`;
}

/** Parses `feedEnd`. */
export function feedEndIn(text: string | null | undefined): FeedPosition {
  const [transactionId = "0", position = "0", id = ""] = text?.split(" ") ?? [];
  return { transactionId, position, id };
}

const eventColumns = columnsOf(CocpEventEntity, "e");
/** Events `e` as JSON. */
export const eventShape = new JsonShape<EventRow>(jsonColumnsOf(CocpEventEntity, "e"));

/** The later of two offsets. */
export function furthest(first: FeedPosition, second: FeedPosition): FeedPosition {
  return isBefore(first, second) ? second : first;
}

/** Whether an offset is before another. */
export function isBefore(first: FeedPosition, second: FeedPosition): boolean {
  const order = compare(first.transactionId, second.transactionId) || compare(first.position, second.position);
  return order < 0;
}

/** Whether two offsets are of the same event, not of two events with the same numbers. */
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

/** Reads the head of the feed, up to which all events are committed, and whether the log has the event of an offset. */
export async function readFeedEnd(
  manager: EntityManager,
  offset: FeedPosition,
): Promise<{ readonly end: FeedPosition; readonly isUnknownOffset: boolean }> {
  const [row] = await select<LogBounds>(manager, sql`SELECT ${boundsFrom(offset)}`);
  return { end: feedEndIn(row?.feedEnd), isUnknownOffset: row?.isUnknownOffset ?? false };
}

/** Reads the visible events that meet a condition on `e`, oldest first. */
export async function readEvents(manager: EntityManager, viewer: Viewer, condition: Sql): Promise<EventRow[]> {
  const from = sql`cocp_events e WHERE ${visibleEvents(viewer)} AND ${condition} ORDER BY e.record_id, e.sequence`;
  return await selectJson(manager, eventShape, from);
}

/** Whether an event that was read matches a filter: the same rule as `matching`. */
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
