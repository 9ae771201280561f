import type { EntityManager } from "typeorm";
import type { CocpDirection, CocpRecordOrderField, CocpStatus, OrderDirection, Viewer } from "../../domain/model";
import type { Reading } from "../directory/accounts";
import { feedEnd, feedEndIn, type FeedPosition } from "../feed/eventLog";
import type { JsonRows } from "../postgres/jsonRows";
import { allOf, containing, empty, join, limitedTo, raw, select, sql, type Sql } from "../postgres/sql";
import { standingJoins, loaded, type PartialRow, type RecordShape } from "./recordRows";
import { isPastBeforeApproval, isPresently, presentEffectiveDate, presentStatus } from "./records";
import { isAccountAdmin, visibleRecordParts } from "../tenancy";

/** The filter of a list of records. */
export interface RecordFilter {
  readonly requestId?: string | undefined;
  readonly billingAccountId?: string | undefined;
  readonly statuses?: readonly CocpStatus[] | undefined;
  readonly newPartnerPcn?: string | undefined;
  readonly direction?: CocpDirection | undefined;
  readonly overdue?: boolean | undefined;
  readonly submittedFrom?: Date | undefined;
  readonly submittedBefore?: Date | undefined;
  readonly search?: string | undefined;
}

/** A page of the list: `after` is the end of the page before. */
export interface RecordPagePlace {
  readonly field: CocpRecordOrderField;
  readonly direction: OrderDirection;
  readonly backward: boolean;
  readonly after: { readonly key: string; readonly id: string } | null;
  readonly limit: number;
}

/** The columns and extra facts of a page. */
export interface RecordPageShape {
  readonly record: RecordShape<PartialRow>;
  readonly feedEnd: boolean;
}

export interface RecordPageRows {
  readonly rows: readonly PartialRow[];
  /** The head of the feed in the snapshot of the rows, if selected. */
  readonly feedEnd: FeedPosition | undefined;
}

/** Reads a page of the list with one statement, in which an index gives the rows in order. */
export async function readRecordPageRows(
  manager: EntityManager,
  reading: Reading,
  filter: RecordFilter,
  place: RecordPagePlace,
  shape: RecordPageShape,
): Promise<RecordPageRows> {
  const rows = shape.record.select(pageOf(reading, filter, place, shape.record.joinsFor(reading.viewer)));
  const [page] = await select<{ rows: JsonRows; feedEnd?: string | null }>(
    manager,
    sql`SELECT ${rows} AS rows ${shape.feedEnd ? sql`, ${feedEnd} AS "feedEnd"` : empty}`,
  );
  return {
    rows: shape.record.rowsIn(page?.rows),
    feedEnd: page?.feedEnd === undefined ? undefined : feedEndIn(page.feedEnd),
  };
}

/**
 * Chooses the rows of the page among the records alone, if the filter admits it, and joins the rest to these few
 * rows.
 */
function pageOf(
  reading: Reading,
  filter: RecordFilter,
  { field, direction, backward, after, limit }: RecordPagePlace,
  rest: Sql,
): Sql {
  const ascending = (direction === "ASC") !== backward;
  const way = ascending ? sql`ASC` : sql`DESC`;
  const orderBy = (key: Sql) => sql`ORDER BY ${key} ${way}, r.id ${way} ${limitedTo(limit)}`;
  const comparison = ascending ? sql`>` : sql`<`;
  const pastCursor = (key: Sql) =>
    after === null ? sql`true` : sql`(${key}, r.id) ${comparison} (${after.key}, ${after.id}::uuid)`;
  const conditions = allOf([matching(reading, filter), inStatuses(reading, filter)]);
  const joins = needsJoins(filter) ? standingJoins : empty;
  const parts = visibleRecordParts(reading.viewer, filter.direction).flatMap((part) =>
    keyedParts(field, direction, reading.now).map(
      ({ key, condition }) => sql`(SELECT r.* FROM cocp_records r ${joins}
        WHERE ${part} AND ${condition} AND ${conditions} AND ${pastCursor(key)} ${orderBy(key)})`,
    ),
  );
  const key = field === "EFFECTIVE_DATE" ? presentEffectiveDate(reading.now) : orderKeys[field][direction].key;
  return sql`(${join(parts, " UNION ALL ")}) r ${rest} ${orderBy(key)}`;
}

/**
 * The sort key of each part of the list that an index gives in order. By effective date, the few records whose date
 * has passed without an approval are a part of their own: they are ordered by today.
 */
function keyedParts(
  field: CocpRecordOrderField,
  direction: OrderDirection,
  now: Date,
): { readonly key: Sql; readonly condition: Sql }[] {
  const { key } = orderKeys[field][direction];
  if (field !== "EFFECTIVE_DATE") return [{ key, condition: sql`true` }];
  const isPast = isPastBeforeApproval(now);
  return [
    { key, condition: sql`NOT ${isPast}` },
    { key: presentEffectiveDate(now), condition: isPast },
  ];
}

/** Whether a filter needs other tables: for search, the new partner, or a completion that is not written yet. */
function needsJoins({ search, newPartnerPcn, statuses = [] }: RecordFilter): boolean {
  const isStored = !statuses.includes("IN_GRACE_PERIOD") && !statuses.includes("COMPLETED");
  return search !== undefined || newPartnerPcn !== undefined || !isStored;
}

/** Counts the records of the list. */
export async function countRecords(manager: EntityManager, reading: Reading, filter: RecordFilter): Promise<number> {
  const [row] = await select<{ count: number }>(
    manager,
    sql`SELECT count(*)::integer AS count FROM ${visible(reading, filter)} r ${standingJoins}
      WHERE ${matching(reading, filter)} AND ${inStatuses(reading, filter)}`,
  );
  return row?.count ?? 0;
}

/** Counts the records of each status, without the filter's status condition. */
export async function countStatuses(
  manager: EntityManager,
  reading: Reading,
  filter: RecordFilter,
): Promise<{ status: CocpStatus; count: number }[]> {
  return await select(
    manager,
    sql`SELECT ${presentStatus(reading.now)} AS status, count(*)::integer AS count
      FROM ${visible(reading, filter)} r ${standingJoins} WHERE ${matching(reading, filter)} GROUP BY 1 ORDER BY 1`,
  );
}

interface OrderKey {
  /** On record `r`, as the indexes have it. */
  readonly key: Sql;
  readonly of: (row: PartialRow) => string;
}

const byInstant = (name: string, column: "submittedAt" | "expiresAt" | "updatedAt"): OrderKey => ({
  key: raw(`r.${name}`),
  of: (row) => loaded(row[column]).toISOString(),
});

const byReview = (last: "infinity" | "-infinity"): OrderKey => ({
  key: raw(`coalesce(r.review_due_at, '${last}')`),
  of: ({ reviewDueAt }) => loaded(reviewDueAt)?.toISOString() ?? last,
});

const inBoth = (key: OrderKey): Record<OrderDirection, OrderKey> => ({ ASC: key, DESC: key });

/** Sort keys of lists. A record without a review date comes last in both directions. */
const orderKeys: Readonly<Record<CocpRecordOrderField, Readonly<Record<OrderDirection, OrderKey>>>> = {
  SUBMITTED_AT: inBoth(byInstant("submitted_at", "submittedAt")),
  EXPIRES_AT: inBoth(byInstant("expires_at", "expiresAt")),
  UPDATED_AT: inBoth(byInstant("updated_at", "updatedAt")),
  EFFECTIVE_DATE: inBoth({
    key: raw("r.effective_date"),
    of: ({ effectiveDate }) => effectiveDate,
  }),
  REVIEW_DUE_AT: { ASC: byReview("infinity"), DESC: byReview("-infinity") },
};

/** The sort key of a record as text: as stored, but the present effective date. */
export function orderKeyOf(row: PartialRow, field: CocpRecordOrderField, direction: OrderDirection): string {
  return orderKeys[field][direction].of(row);
}

function inStatuses({ now }: Reading, { statuses }: RecordFilter): Sql {
  return statuses === undefined ? sql`true` : isPresently(statuses, now);
}

/** The visible records of a direction, as a table. */
function visible({ viewer }: Reading, { direction }: RecordFilter): Sql {
  const parts = visibleRecordParts(viewer, direction).map((part) => sql`SELECT r.* FROM cocp_records r WHERE ${part}`);
  return sql`(${join(parts, " UNION ALL ")})`;
}

/** The conditions of a filter, without direction and status. */
function matching({ viewer, now }: Reading, filter: RecordFilter): Sql {
  const conditions: Sql[] = [];
  if (filter.requestId !== undefined) conditions.push(sql`r.request_id = ${filter.requestId}`);
  if (filter.billingAccountId !== undefined)
    conditions.push(sql`r.billing_account_id = ${filter.billingAccountId}::uuid`);
  if (filter.newPartnerPcn !== undefined) {
    conditions.push(sql`np.pcn = ${filter.newPartnerPcn} AND ${seesNewPartner(viewer)}`);
  }
  if (filter.overdue !== undefined) {
    const overdue = sql`(${isPresently(["IN_PROGRESS"], now)} AND r.respond_by <= ${now}::timestamptz)`;
    conditions.push(filter.overdue ? overdue : sql`NOT ${overdue}`);
  }
  if (filter.submittedFrom !== undefined) conditions.push(sql`r.submitted_at >= ${filter.submittedFrom}::timestamptz`);
  if (filter.submittedBefore !== undefined)
    conditions.push(sql`r.submitted_at < ${filter.submittedBefore}::timestamptz`);
  if (filter.search !== undefined) conditions.push(found(containing(filter.search), viewer));
  return allOf(conditions);
}

/** The old partner must not learn by searching which partner follows it. */
function seesNewPartner(viewer: Viewer): Sql {
  const partnerId = viewer.partner?.id ?? null;
  return sql`(${viewer.isOperations} OR r.new_partner_id = ${partnerId}::uuid OR ${isAccountAdmin(viewer)})`;
}

function found(pattern: string, viewer: Viewer): Sql {
  return sql`(r.request_id ILIKE ${pattern} OR a.account_number ILIKE ${pattern} OR a.display_name ILIKE ${pattern}
    OR EXISTS (SELECT FROM partners op WHERE op.id = r.old_partner_id AND op.organization_name ILIKE ${pattern})
    OR (np.organization_name ILIKE ${pattern} AND ${seesNewPartner(viewer)}))`;
}
