import type { EntityManager } from "typeorm";
import { openStatuses } from "../../domain/model";
import type { CocpRecord } from "../../domain/record";
import { sandboxTime } from "../clock/databaseClock";
import { changedAccounts, type Findings } from "./directoryImport";
import { limitedTo, raw, select, sql } from "../postgres/sql";
import { standingJoins } from "../requests/recordRows";
import { isPresently, lockTimedRecords } from "../requests/records";

/** The service's time: the database's clock plus the sandbox offset. */
export async function readServiceTime(manager: EntityManager): Promise<Date> {
  const [row] = await select<{ now: Date }>(manager, sql`SELECT ${sandboxTime} AS now`);
  if (row === undefined) throw new Error("The database did not return its time");
  return row.now;
}

/** A row of billing_accounts.csv that contradicts the open record of its account. */
export interface OpenRecordConflict {
  readonly line: number;
  readonly column: "customer_number" | "partner_pcn";
  readonly requestId: string;
}

/** Rows that give an account with an open record another customer or, with `setPartner`, another partner of record. */
export async function findOpenRecordConflicts(
  manager: EntityManager,
  now: Date,
  setPartner: boolean,
  limit: number,
): Promise<Findings<OpenRecordConflict>> {
  const rows = await select<OpenRecordConflict & { total: number }>(
    manager,
    sql`SELECT s.line, other.name AS "column", r.request_id AS "requestId", (count(*) OVER ())::integer AS total
      FROM import_billing_accounts s
      JOIN billing_accounts t ON t.account_number = s.account_number
      JOIN cocp_records r ON r.billing_account_id = t.id ${standingJoins}
      JOIN customers c ON c.id = a.customer_id
      JOIN partners p ON p.id = a.partner_id
      CROSS JOIN LATERAL (VALUES ('customer_number', c.customer_number <> s.customer_number),
        ('partner_pcn', ${setPartner}::boolean AND p.pcn <> s.partner_pcn)) AS other(name, differs)
      WHERE ${isPresently(openStatuses, now)} AND other.differs
      ORDER BY s.line, other.name ${limitedTo(limit)}`,
  );
  return { rows, total: rows[0]?.total ?? 0 };
}

/**
 * Locks what the import touches, in the order of every other transaction: first the records whose time has come, in id
 * order, then the accounts that change or that a completion of these records changes, in id order.
 * Returns the locked records: those of the accounts of the files, and those to a partner whose `allowed` changes.
 */
export async function lockTouched(manager: EntityManager, now: Date): Promise<CocpRecord[]> {
  const records = await lockTimedRecords(
    manager,
    now,
    sql`(r.billing_account_id IN (SELECT t.id FROM import_billing_accounts s JOIN billing_accounts t USING (account_number))
      OR r.new_partner_id IN (SELECT t.id FROM import_partners s JOIN partners t USING (pcn) WHERE t.allowed <> s.allowed))`,
  );
  const completing = records.filter(({ status }) => status === "IN_GRACE_PERIOD");
  const ids = completing.map(({ billingAccountId }) => billingAccountId);
  await select(
    manager,
    sql`SELECT count(*) FROM (
        SELECT FROM billing_accounts WHERE id = ANY(${ids}::uuid[]) OR id IN (${raw(changedAccounts)})
        ORDER BY id FOR NO KEY UPDATE
      ) locked`,
  );
  return records;
}
