import type { EntityManager } from "typeorm";
import type { CocpDirection, CocpRecordOrderField, CocpStatus, OrderDirection, Viewer } from "../domain/model";
import type { Reading } from "./accounts";
import { allOf, containing, select, sql, type Sql } from "./query";
import { presentStatus, recordColumns, standingJoins, type RecordRow } from "./records";
import { isAccountAdmin, visibleRecords } from "./visibility";

/** Which records of those that the viewer may see. */
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

/** Which part of the list: `after` is the place at which the page before ended. */
export interface RecordPagePlace {
  readonly field: CocpRecordOrderField;
  readonly direction: OrderDirection;
  readonly backward: boolean;
  readonly after: { readonly key: string; readonly id: string } | null;
  readonly limit: number;
}

/** A row of the list with the key that it is ordered by, as text. */
export type OrderedRecordRow = RecordRow & { readonly orderKey: string };

export async function readRecordPageRows(
  manager: EntityManager,
  reading: Reading,
  filter: RecordFilter,
  { field, direction, backward, after, limit }: RecordPagePlace,
): Promise<OrderedRecordRow[]> {
  const ascending = (direction === "ASC") !== backward;
  const key = orderKeys[field](direction);
  const conditions = [listed(reading, filter), inStatuses(reading, filter)];
  if (after !== null) {
    const comparison = ascending ? sql`>` : sql`<`;
    conditions.push(sql`(${key}, r.id) ${comparison} (${after.key}, ${after.id}::uuid)`);
  }
  const order = ascending ? sql`${key} ASC, r.id ASC` : sql`${key} DESC, r.id DESC`;
  return await select<OrderedRecordRow>(
    manager,
    sql`SELECT ${recordColumns(reading.viewer)}, ${key}::text AS "orderKey"
      FROM cocp_records r ${standingJoins} WHERE ${allOf(conditions)} ORDER BY ${order} LIMIT ${limit}`,
  );
}

/** How many records the list holds. */
export async function countRecords(manager: EntityManager, reading: Reading, filter: RecordFilter): Promise<number> {
  const [row] = await select<{ count: number }>(
    manager,
    sql`SELECT count(*)::integer AS count FROM cocp_records r ${standingJoins}
      WHERE ${listed(reading, filter)} AND ${inStatuses(reading, filter)}`,
  );
  return row?.count ?? 0;
}

/** How many there are in each status, the filter's own status condition aside. */
export async function countStatuses(
  manager: EntityManager,
  reading: Reading,
  filter: RecordFilter,
): Promise<{ status: CocpStatus; count: number }[]> {
  return await select(
    manager,
    sql`SELECT ${presentStatus(reading.now)} AS status, count(*)::integer AS count
      FROM cocp_records r ${standingJoins} WHERE ${listed(reading, filter)} GROUP BY 1 ORDER BY 1`,
  );
}

/** Expressions to order by. A record without a review date comes last in either direction. */
const orderKeys: Readonly<Record<CocpRecordOrderField, (direction: OrderDirection) => Sql>> = {
  SUBMITTED_AT: () => sql`r.submitted_at`,
  EXPIRES_AT: () => sql`r.expires_at`,
  EFFECTIVE_DATE: () => sql`r.effective_date`,
  REVIEW_DUE_AT: (direction) =>
    direction === "ASC" ? sql`coalesce(r.review_due_at, 'infinity')` : sql`coalesce(r.review_due_at, '-infinity')`,
  UPDATED_AT: () => sql`r.updated_at`,
};

function inStatuses({ now }: Reading, { statuses }: RecordFilter): Sql {
  return statuses === undefined ? sql`true` : sql`${presentStatus(now)} = ANY(${[...statuses]})`;
}

/** All conditions but the status. */
function listed({ viewer, now }: Reading, filter: RecordFilter): Sql {
  const conditions = [visibleRecords(viewer)];
  const partnerId = viewer.partner?.id ?? null;
  if (filter.requestId !== undefined) conditions.push(sql`r.request_id = ${filter.requestId}`);
  if (filter.billingAccountId !== undefined)
    conditions.push(sql`r.billing_account_id = ${filter.billingAccountId}::uuid`);
  if (filter.newPartnerPcn !== undefined) {
    conditions.push(sql`np.pcn = ${filter.newPartnerPcn} AND ${seesNewPartner(viewer)}`);
  }
  if (filter.direction === "INCOMING") conditions.push(sql`r.new_partner_id = ${partnerId}::uuid`);
  if (filter.direction === "OUTGOING") conditions.push(sql`r.old_partner_id = ${partnerId}::uuid`);
  if (filter.overdue !== undefined) {
    const overdue = sql`(${presentStatus(now)} = 'IN_PROGRESS' AND r.respond_by <= ${now}::timestamptz)`;
    conditions.push(sql`${overdue} = ${filter.overdue}`);
  }
  if (filter.submittedFrom !== undefined) conditions.push(sql`r.submitted_at >= ${filter.submittedFrom}::timestamptz`);
  if (filter.submittedBefore !== undefined)
    conditions.push(sql`r.submitted_at < ${filter.submittedBefore}::timestamptz`);
  if (filter.search !== undefined) conditions.push(found(containing(filter.search), viewer));
  return allOf(conditions);
}

/** The old partner may not find out, by searching, whom it loses an account to. */
function seesNewPartner(viewer: Viewer): Sql {
  const partnerId = viewer.partner?.id ?? null;
  return sql`(${viewer.isOperations} OR r.new_partner_id = ${partnerId}::uuid OR ${isAccountAdmin(viewer)})`;
}

function found(pattern: string, viewer: Viewer): Sql {
  return sql`(r.request_id ILIKE ${pattern} OR a.account_number ILIKE ${pattern} OR a.display_name ILIKE ${pattern}
    OR EXISTS (SELECT FROM partners op WHERE op.id = r.old_partner_id AND op.organization_name ILIKE ${pattern})
    OR (np.organization_name ILIKE ${pattern} AND ${seesNewPartner(viewer)}))`;
}
