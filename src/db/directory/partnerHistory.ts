import type { EntityManager } from "typeorm";
import type { PartnerFrom, PartnerHistory } from "../../domain/orderingPartner";
import type { CocpRecord, Standing } from "../../domain/record";
import { select, sql } from "../postgres/sql";
import { standingJoins } from "../requests/recordRows";
import { isPresently } from "../requests/records";

/**
 * Partners of record by account, and the approved change ahead, as they stand at an instant: a completion that the
 * sweep has not written yet is there already. Who may know of them: domain/permissions.ts.
 */
export async function readPartnerHistories(
  manager: EntityManager,
  accountIds: readonly string[],
  now: Date,
): Promise<Map<string, PartnerHistory>> {
  const ids = sql`ANY(${[...accountIds]}::uuid[])`;
  const changes = sql`FROM cocp_records r ${standingJoins}
    WHERE r.billing_account_id = ${ids} AND r.status = 'IN_GRACE_PERIOD'`;
  const standing = sql`jsonb_build_object('agreementStatus', a.agreement_status, 'agreementEndDate', a.end_date,
    'newPartnerAllowed', np.allowed)`;
  const rows = await select<HistoryRow>(
    manager,
    sql`SELECT billing_account_id AS "billingAccountId", from_date AS "fromDate", partner_id AS "partnerId", standing
      FROM (
        SELECT billing_account_id, from_date, partner_id, NULL::jsonb AS standing, 0 AS place FROM partners_of_record
          WHERE billing_account_id = ${ids}
        UNION ALL SELECT r.billing_account_id, r.effective_date, r.new_partner_id, NULL, 1 ${changes}
          AND ${isPresently(["COMPLETED"], now)}
        UNION ALL SELECT r.billing_account_id, r.effective_date, r.new_partner_id, ${standing}, 2 ${changes}
          AND ${isPresently(["IN_GRACE_PERIOD"], now)}
      ) history ORDER BY from_date, place`,
  );
  const byAccount = new Map<string, HistoryRow[]>();
  for (const row of rows) byAccount.set(row.billingAccountId, [...(byAccount.get(row.billingAccountId) ?? []), row]);
  return new Map([...byAccount].map(([id, found]) => [id, historyFrom(found)]));
}

/** A partner of record, or with its standing the change that lies ahead. */
interface HistoryRow extends PartnerFrom {
  readonly billingAccountId: string;
  readonly standing: Standing | null;
}

function historyFrom(rows: readonly HistoryRow[]): PartnerHistory {
  const ahead = rows.find(({ standing }) => standing !== null);
  return {
    partners: rows.filter(({ standing }) => standing === null),
    ahead: ahead?.standing ? { newPartnerId: ahead.partnerId, effectiveDate: ahead.fromDate, ...ahead.standing } : null,
  };
}

/**
 * Makes the new partner the partner of record of the accounts of completed records, from their effective dates on.
 * Locks the accounts in id order, after the records.
 */
export async function movePartnersOfRecord(manager: EntityManager, completed: readonly CocpRecord[]): Promise<void> {
  const rows = completed.map(({ billingAccountId, newPartnerId, effectiveDate }) => {
    return { billingAccountId, newPartnerId, effectiveDate };
  });
  const ids = rows.map(({ billingAccountId }) => billingAccountId);
  await select(manager, sql`SELECT FROM billing_accounts WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`);
  const changes = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    AS n("billingAccountId" uuid, "newPartnerId" uuid, "effectiveDate" date)`;
  await select(
    manager,
    sql`INSERT INTO partners_of_record (billing_account_id, from_date, partner_id)
      SELECT "billingAccountId", "effectiveDate", "newPartnerId" FROM ${changes}
      ON CONFLICT (billing_account_id, from_date) DO UPDATE SET partner_id = excluded.partner_id`,
  );
  await select(
    manager,
    sql`UPDATE billing_accounts a SET partner_id = n."newPartnerId" FROM ${changes} WHERE a.id = n."billingAccountId"`,
  );
}
