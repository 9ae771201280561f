import type { EntityManager } from "typeorm";
import type { CocpRecord, Standing } from "../../domain/record";
import { statusesBeforeApproval, type CocpStatus, type Viewer } from "../../domain/model";
import { CocpRecordEntity } from "../../entities/cocpRecordEntity";
import { columnsOf, join, limitedTo, raw, select, sql, type Sql } from "../postgres/sql";
import { standingJoins } from "./recordRows";
import { isAccountAdmin, visibleRecords } from "../tenancy";

/**
 * Locks records until the transaction ends, in id order, so that no two transactions wait for each other. Only what
 * exists for the viewer (null: the service itself): nobody holds up, or waits for, what is not its own.
 */
export async function lockRecords(
  manager: EntityManager,
  viewer: Viewer | null,
  which: { readonly requestId: string } | { readonly recordIds: readonly string[] },
): Promise<CocpRecord[]> {
  const condition =
    "requestId" in which ? sql`r.request_id = ${which.requestId}` : sql`r.id = ANY(${[...which.recordIds]}::uuid[])`;
  const visible = viewer === null ? sql`true` : visibleRecords(viewer);
  return await select<CocpRecord>(
    manager,
    sql`SELECT ${storedColumns} FROM cocp_records r
      WHERE ${condition} AND ${visible} ORDER BY r.id FOR UPDATE OF r`,
  );
}

/** Reads the standings of records, the accounts that the viewer administers, and `instant`. */
export async function readStandings(
  manager: EntityManager,
  recordIds: readonly string[],
  viewer: Viewer | null,
  instant: Sql,
): Promise<Map<string, Standing & { readonly isAccountAdmin: boolean; readonly now: Date }>> {
  const admin = viewer === null ? sql`false` : isAccountAdmin(viewer);
  const rows = await select<{ id: string } & Standing & { isAccountAdmin: boolean; now: Date }>(
    manager,
    sql`SELECT r.id, ${standingColumns}, ${admin} AS "isAccountAdmin", ${instant} AS now
      FROM cocp_records r ${standingJoins} WHERE r.id = ANY(${[...recordIds]})`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** All columns of record `r`. */
export const storedColumns = columnsOf(CocpRecordEntity, "r");

/** The columns of record `r`'s standing: see domain/record.ts. Needs standingJoins. */
export const standingColumns = sql`a.agreement_status AS "agreementStatus", a.end_date AS "agreementEndDate",
  np.allowed AS "newPartnerAllowed"`;

/**
 * Locks the records of these accounts whose time has come, even if something holds them up. Only accounts on which
 * the person holds a role: nobody waits for records of others.
 */
export async function lockTimedRecordsOf(
  manager: EntityManager,
  now: Date,
  email: string,
  accountIds: readonly string[],
): Promise<CocpRecord[]> {
  return await lockTimedRecords(
    manager,
    now,
    sql`r.billing_account_id = ANY(${[...accountIds]}::uuid[])
      AND EXISTS (SELECT FROM billing_account_roles own WHERE own.billing_account_id = r.billing_account_id AND own.email = ${email})`,
  );
}

/** Locks the records `r` of a condition whose time has come, even if something holds them up, in id order. */
export async function lockTimedRecords(manager: EntityManager, now: Date, condition: Sql): Promise<CocpRecord[]> {
  return await select<CocpRecord>(
    manager,
    sql`SELECT ${storedColumns} FROM cocp_records r WHERE ${hasTimeCome(now)} AND ${condition}
      ORDER BY r.id FOR UPDATE OF r`,
  );
}

/**
 * Locks a batch of records of which time asks something: about `limit`, those due longest first, of a request all
 * that are due, so that its mail names them together. What a command holds is left to it: every command settles
 * first. So are records whose account is locked, of which the ids are given as `left`. For one sweep at a time: call
 * `waitForSweep` before.
 */
export async function lockDueBatch(
  manager: EntityManager,
  now: Date,
  limit: number,
  except: readonly string[],
): Promise<{ records: CocpRecord[]; left: string[] }> {
  const others = sql`r.id <> ALL(${[...except]}::uuid[])`;
  const requests = sql`
    (SELECT r.request_id FROM cocp_records r WHERE ${isExpiring(now)} AND ${others}
      ORDER BY r.expires_at, r.request_id ${limitedTo(limit)})
    UNION (SELECT r.request_id FROM cocp_records r ${standingJoins} WHERE ${isCompleting(now)} AND ${others}
      ORDER BY r.effective_date, r.request_id ${limitedTo(limit)})`;
  const condition = sql`r.request_id IN (${requests}) AND ${others}`;
  const found = await select<CocpRecord>(manager, sql`${dueRecords(now, condition)} FOR UPDATE OF r SKIP LOCKED`);
  const completing = found.filter(({ status }) => status === "IN_GRACE_PERIOD");
  const free = await lockFreeAccounts(
    manager,
    completing.map(({ billingAccountId }) => billingAccountId),
  );
  const isHeld = ({ status, billingAccountId }: CocpRecord) =>
    status === "IN_GRACE_PERIOD" && !free.has(billingAccountId);
  return { records: found.filter((record) => !isHeld(record)), left: found.filter(isHeld).map(({ id }) => id) };
}

/** Locks those of the accounts that nobody else holds. */
async function lockFreeAccounts(manager: EntityManager, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await select<{ id: string }>(
    manager,
    sql`SELECT id FROM billing_accounts WHERE id = ANY(${[...ids]}::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** How many records time asks something of, and seconds since the first one's time came. */
export async function readDueRecords(manager: EntityManager, now: Date): Promise<{ count: number; lag: number }> {
  const [row] = await select<{ count: number; lag: number }>(
    manager,
    sql`SELECT count(*)::integer AS count, coalesce(extract(epoch FROM ${now}::timestamptz - min(at)), 0)::float8 AS lag
      FROM (SELECT r.expires_at AS at FROM cocp_records r WHERE ${isExpiring(now)}
        UNION ALL SELECT greatest(r.effective_date::timestamp AT TIME ZONE 'UTC', r.updated_at)
        FROM cocp_records r ${standingJoins} WHERE ${isCompleting(now)}) due`,
  );
  return row ?? { count: 0, lag: 0 };
}

function dueRecords(now: Date, condition: Sql): Sql {
  return sql`SELECT ${storedColumns} FROM cocp_records r ${standingJoins}
    WHERE (${isExpiring(now)} OR ${isCompleting(now)}) AND ${condition}`;
}

/**
 * The status of record `r` at an instant, although the sweep that writes it may come later: the same rule as
 * domain/deadlines.ts `dueCommand`, for filters and counts. Needs standingJoins.
 */
export function presentStatus(now: Date): Sql {
  return sql`(CASE
    WHEN ${isExpiring(now)} THEN 'EXPIRED' WHEN ${isCompleting(now)} THEN 'COMPLETED' ELSE r.status END)`;
}

/**
 * Whether record `r` has one of these statuses at an instant: the same as `presentStatus`, in terms that indexes
 * have.
 */
export function isPresently(statuses: readonly CocpStatus[], now: Date): Sql {
  const wanted = new Set(statuses);
  const timed = (before: CocpStatus, after: CocpStatus, isDue: Sql): Sql[] => {
    const [isBefore, isAfter] = [sql`r.status = ${before}`, sql`r.status = ${after}`];
    if (wanted.has(before) && wanted.has(after)) return [isBefore, isAfter];
    if (wanted.has(before)) return [sql`(${isBefore} AND NOT (${isDue}))`];
    return wanted.has(after) ? [isAfter, sql`(${isDue})`] : [];
  };
  const untimed = [...wanted].filter((status) => !timedStatuses.has(status));
  const conditions = [
    ...timed("IN_PROGRESS", "EXPIRED", isExpiring(now)),
    ...timed("IN_GRACE_PERIOD", "COMPLETED", isCompleting(now)),
    ...untimed.map((status) => sql`r.status = ${status}`),
  ];
  return conditions.length === 0 ? sql`false` : sql`(${join(conditions, " OR ")})`;
}

const timedStatuses = new Set<CocpStatus>(["IN_PROGRESS", "EXPIRED", "IN_GRACE_PERIOD", "COMPLETED"]);

/** Whether the time of record `r` has come, although something may hold it up. */
function hasTimeCome(now: Date): Sql {
  return sql`(${isExpiring(now)} OR (r.status = 'IN_GRACE_PERIOD'
    AND r.effective_date <= (${now}::timestamptz AT TIME ZONE 'UTC')::date))`;
}

/**
 * The effective date of record `r` at an instant: the same rule as domain/deadlines.ts `presentEffectiveDate`, on what
 * `dueCommand` makes of the record.
 */
export function presentEffectiveDate(now: Date): Sql {
  return sql`(CASE WHEN ${isPastBeforeApproval(now)}
    THEN (least(${now}::timestamptz, CASE WHEN r.status = 'IN_PROGRESS' THEN r.expires_at END) AT TIME ZONE 'UTC')::date
    ELSE r.effective_date END)`;
}

/** A record that nobody approved in time: its stored effective date is no longer the date that is shown. */
export function isPastBeforeApproval(now: Date): Sql {
  return sql`(r.status IN (${raw(statusesBeforeApproval.map((status) => `'${status}'`).join(", "))})
    AND r.effective_date < (${now}::timestamptz AT TIME ZONE 'UTC')::date
    AND (r.status <> 'IN_PROGRESS' OR r.effective_date < (r.expires_at AT TIME ZONE 'UTC')::date))`;
}

function isExpiring(now: Date): Sql {
  return sql`r.status = 'IN_PROGRESS' AND r.expires_at <= ${now}::timestamptz`;
}

function isCompleting(now: Date): Sql {
  return sql`r.status = 'IN_GRACE_PERIOD' AND r.effective_date <= (${now}::timestamptz AT TIME ZONE 'UTC')::date
    AND a.agreement_status = 'ACTIVE' AND np.allowed
    AND a.end_date >= greatest(r.effective_date, (r.updated_at AT TIME ZONE 'UTC')::date)`;
}

/** A guarded UPDATE found another version of a record than the one that was locked. */
export class StaleRecordError extends Error {}

/**
 * Saves changed records in one statement, each guarded by the version that it was decided on. Throws
 * StaleRecordError.
 */
export async function updateRecords(
  manager: EntityManager,
  changes: readonly { readonly before: CocpRecord; readonly after: CocpRecord }[],
): Promise<void> {
  const rows = changes.map(({ before, after }) => ({ ...after, expectedVersion: before.version }));
  const updated = await select<{ id: string }>(
    manager,
    sql`WITH changed AS (
        UPDATE cocp_records r SET
          status = n.status, contact = n.contact, contact_verification = n."contactVerification",
          effective_date = n."effectiveDate", early_cocp_case_number = n."earlyCocpCaseNumber",
          responded_at = n."respondedAt", review_due_at = n."reviewDueAt", approved_at = n."approvedAt",
          closed_by = n."closedBy", closing_note = n."closingNote", updated_at = n."updatedAt", version = n.version
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(
          id uuid, status text, contact text, "contactVerification" text, "effectiveDate" date,
          "earlyCocpCaseNumber" text, "respondedAt" timestamptz, "reviewDueAt" timestamptz, "approvedAt" timestamptz,
          "closedBy" text, "closingNote" text, "updatedAt" timestamptz, version integer, "expectedVersion" integer)
        WHERE r.id = n.id AND r.version = n."expectedVersion"
        RETURNING r.id)
      SELECT id FROM changed`,
  );
  if (updated.length !== changes.length) throw new StaleRecordError("A record was changed without a lock");
}
