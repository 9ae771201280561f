import type { EntityManager } from "typeorm";
import { programsInScope, type AccountFacts } from "../domain/eligibility";
import { openStatuses, type CocpStatus, type Viewer } from "../domain/model";
import { BillingAccountEntity } from "../entities/billingAccountEntity";
import { allOf, columnsOf, containing, limitedTo, select, sql, type Sql } from "./query";
import { presentStatus } from "./records";
import { visibleAccounts } from "./visibility";

/** A billing account as it stands at an instant, for one viewer. */
export type AccountRow = Omit<BillingAccountEntity, "partnerId"> &
  AccountFacts & { readonly openRecordId: string | null };

export interface AccountFilter {
  readonly eligible?: boolean | undefined;
  readonly search?: string | undefined;
}

/** Which part of the list, by account number: `after` is where the page before ended. */
export interface AccountPage {
  readonly backward: boolean;
  readonly after: string | null;
  readonly limit: number;
}

type Selected = Omit<AccountRow, "openRecord"> & {
  readonly openRequestId: string | null;
  readonly openStatus: CocpStatus | null;
};

/** Who asks, and at which instant. */
export interface Reading {
  readonly viewer: Viewer;
  readonly now: Date;
}

/** Accounts that the viewer may see and that meet a condition on `a`, by account number. */
export async function readAccounts(
  manager: EntityManager,
  reading: Reading,
  condition: Sql,
  order: Sql = sql`ORDER BY a.account_number`,
): Promise<AccountRow[]> {
  const now = presentStatus(reading.now);
  const isOpen = sql`${now} = ANY(${[...openStatuses]})`;
  const isCompleted = sql`${now} IS NOT DISTINCT FROM 'COMPLETED'`;
  const rows = await select<Selected>(
    manager,
    sql`SELECT ${columnsOf(BillingAccountEntity, "a")}, own.role AS "viewerRole",
        coalesce(bt.enterprise_direct_support, false) AS "billToIsDirectSupport",
        CASE WHEN ${isCompleted} THEN np.id ELSE p.id END AS "partnerOfRecordId",
        CASE WHEN ${isCompleted} THEN np.enterprise_direct_support ELSE p.enterprise_direct_support END
          AS "partnerIsDirectSupport",
        CASE WHEN ${isOpen} THEN r.id END AS "openRecordId", CASE WHEN ${isOpen} THEN r.request_id END AS "openRequestId",
        CASE WHEN ${isOpen} THEN r.status END AS "openStatus", CASE WHEN ${isOpen} THEN np.id END AS "incomingPartnerId"
      ${accountsFor(reading.viewer)} AND ${condition} ${order}`,
  );
  return rows.map((row) => ({
    ...row,
    openRecord:
      row.openRequestId === null || row.openStatus === null
        ? null
        : { requestId: row.openRequestId, status: row.openStatus },
  }));
}

/** `own` the viewer's role, `p` the partner of record, `bt` the bill-to, `r` the open record with its new partner `np`. */
function accountsFor(viewer: Viewer): Sql {
  return sql`FROM billing_accounts a JOIN partners p ON p.id = a.partner_id
    LEFT JOIN partners bt ON bt.id = a.bill_to_partner_id
    LEFT JOIN billing_account_roles own ON own.billing_account_id = a.id AND own.email = ${viewer.email}
    LEFT JOIN cocp_records r ON r.billing_account_id = a.id AND r.status = ANY(${[...openStatuses]})
    LEFT JOIN partners np ON np.id = r.new_partner_id
    WHERE ${visibleAccounts(viewer)}`;
}

/** The accounts on which the viewer holds a role (operations: all), by account number: one page of them. */
export async function readAccountPage(
  manager: EntityManager,
  reading: Reading,
  filter: AccountFilter,
  { backward, after, limit }: AccountPage,
): Promise<AccountRow[]> {
  const conditions = [listed(reading, filter)];
  if (after !== null) conditions.push(backward ? sql`a.account_number < ${after}` : sql`a.account_number > ${after}`);
  const order = backward ? sql`ORDER BY a.account_number DESC` : sql`ORDER BY a.account_number`;
  return await readAccounts(manager, reading, allOf(conditions), sql`${order} ${limitedTo(limit)}`);
}

/** How many accounts the list holds. */
export async function countAccounts(manager: EntityManager, reading: Reading, filter: AccountFilter): Promise<number> {
  const [row] = await select<{ count: number }>(
    manager,
    sql`SELECT count(*)::integer AS count ${accountsFor(reading.viewer)} AND ${listed(reading, filter)}`,
  );
  return row?.count ?? 0;
}

function listed({ viewer, now }: Reading, { eligible, search }: AccountFilter): Sql {
  const conditions = [viewer.isOperations ? sql`true` : sql`own.role IS NOT NULL`];
  if (eligible !== undefined) conditions.push(eligible ? eligibleAccounts(now) : sql`NOT ${eligibleAccounts(now)}`);
  if (search !== undefined) {
    const pattern = containing(search);
    conditions.push(sql`(a.account_number ILIKE ${pattern} OR a.display_name ILIKE ${pattern})`);
  }
  return allOf(conditions);
}

/** Whether a COCP may include account `a`: the same rule as domain/eligibility.ts `ineligibilityReasons`, as a filter. */
function eligibleAccounts(now: Date): Sql {
  const status = presentStatus(now);
  return sql`(own.role IS NOT DISTINCT FROM 'ENTERPRISE_ADMIN' AND a.program = ANY(${[...programsInScope]})
    AND a.agreement_status = 'ACTIVE' AND a.end_date >= (${now}::timestamptz AT TIME ZONE 'UTC')::date
    AND NOT coalesce(bt.enterprise_direct_support, false)
    AND NOT (a.channel = 'DIRECT' AND
      CASE WHEN ${status} = 'COMPLETED' THEN np.enterprise_direct_support ELSE p.enterprise_direct_support END)
    AND (r.id IS NULL OR NOT ${status} = ANY(${[...openStatuses]})))`;
}

/**
 * Locks accounts until the transaction ends, in id order: what is checked of them stays true till then. Only those that the
 * person holds a role on.
 */
export async function lockAccounts(
  manager: EntityManager,
  email: string,
  accountIds: readonly string[],
): Promise<void> {
  await manager.query(
    `SELECT FROM billing_accounts a WHERE id = ANY($1)
       AND EXISTS (SELECT FROM billing_account_roles own WHERE own.billing_account_id = a.id AND own.email = $2)
     ORDER BY id FOR NO KEY UPDATE OF a`,
    [accountIds, email],
  );
}
