import type { EntityManager } from "typeorm";
import { programsInScope, type AccountFacts } from "../../domain/eligibility";
import { openStatuses, type CocpStatus, type Viewer } from "../../domain/model";
import { BillingAccountEntity } from "../../entities/billingAccountEntity";
import { jsonColumnsOf, JsonShape, plain, selectJson } from "../postgres/jsonRows";
import { allOf, containing, limitedTo, raw, select, sql, type Sql } from "../postgres/sql";
import { presentStatus } from "../requests/records";
import { visibleAccounts } from "../tenancy";

/** A billing account as it stands at an instant, for one viewer, with its customer and its partner of record. */
export type AccountRow = Omit<BillingAccountEntity, "partnerId"> &
  AccountFacts & {
    readonly openRecordId: string | null;
    readonly customerNumber: string;
    readonly customerName: string;
    readonly partnerPcn: string;
    readonly partnerName: string;
    readonly partnerIsReseller: boolean;
    readonly partnerIsAdvisor: boolean;
  };

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

/** The viewer, and the instant of the read. */
export interface Reading {
  readonly viewer: Viewer;
  readonly now: Date;
}

const shape = new JsonShape<Selected>({
  ...jsonColumnsOf(BillingAccountEntity, "a"),
  viewerRole: plain(raw("own.role")),
  billToIsDirectSupport: plain(raw("coalesce(bt.enterprise_direct_support, false)")),
  partnerOfRecordId: plain(raw("p.id")),
  partnerIsDirectSupport: plain(raw("p.enterprise_direct_support")),
  partnerPcn: plain(raw("p.pcn")),
  partnerName: plain(raw("p.organization_name")),
  partnerIsReseller: plain(raw("p.reseller")),
  partnerIsAdvisor: plain(raw("p.software_advisor")),
  customerNumber: plain(raw("c.customer_number")),
  customerName: plain(raw("c.name")),
  openRecordId: plain(raw("CASE WHEN present.is_open THEN r.id END")),
  openRequestId: plain(raw("CASE WHEN present.is_open THEN r.request_id END")),
  openStatus: plain(raw("CASE WHEN present.is_open THEN r.status END")),
  isOpenRecordApproved: plain(raw("coalesce(present.is_open AND r.approved_at IS NOT NULL, false)")),
  incomingPartnerId: plain(raw("CASE WHEN present.is_open THEN r.new_partner_id END")),
});

/** Accounts that the viewer may see and that meet a condition on `a`, by account number. */
export async function readAccounts(
  manager: EntityManager,
  reading: Reading,
  condition: Sql,
  order: Sql = sql`ORDER BY a.account_number`,
): Promise<AccountRow[]> {
  const rows = await selectJson(manager, shape, sql`${accountsFor(reading)} AND ${condition} ${order}`);
  return rows.map((row) => ({
    ...row,
    openRecord:
      row.openRequestId === null || row.openStatus === null
        ? null
        : { requestId: row.openRequestId, status: row.openStatus },
  }));
}

/**
 * `c` the customer, `own` the viewer's role, `r` the record that the tables have as open with its new partner `np`,
 * `present` what it is at that instant, `p` the partner of record then, `bt` the bill-to when it is a partner:
 * without a `bill_to_pcn` the customer of a DIRECT account, the partner of record of an INDIRECT one.
 */
function accountsFor({ viewer, now }: Reading): Sql {
  const status = presentStatus(now);
  return sql`billing_accounts a
    LEFT JOIN billing_account_roles own ON own.billing_account_id = a.id AND own.email = ${viewer.email}
    LEFT JOIN cocp_records r ON r.billing_account_id = a.id AND r.status = ANY(${[...openStatuses]})
    LEFT JOIN partners np ON np.id = r.new_partner_id
    CROSS JOIN LATERAL (SELECT ${status} = ANY(${[...openStatuses]}) AS is_open, ${status} = 'COMPLETED' AS is_completed) present
    JOIN partners p ON p.id = CASE WHEN present.is_completed THEN np.id ELSE a.partner_id END
    LEFT JOIN partners bt ON bt.id = coalesce(a.bill_to_partner_id, CASE WHEN a.channel = 'INDIRECT' THEN p.id END)
    JOIN customers c ON c.id = a.customer_id
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
    sql`SELECT count(*)::integer AS count FROM ${accountsFor(reading)} AND ${listed(reading, filter)}`,
  );
  return row?.count ?? 0;
}

function listed({ viewer, now }: Reading, { eligible, search }: AccountFilter): Sql {
  const conditions = [viewer.isOperations ? sql`true` : sql`own.role IS NOT NULL`];
  if (eligible !== undefined)
    conditions.push(eligible ? eligibleAccounts(now) : sql`${eligibleAccounts(now)} IS NOT TRUE`);
  if (search !== undefined) {
    const pattern = containing(search);
    conditions.push(sql`(a.account_number ILIKE ${pattern} OR a.display_name ILIKE ${pattern})`);
  }
  return allOf(conditions);
}

/**
 * Whether a COCP may include account `a`, null at times for not: the same rule as domain/eligibility.ts
 * `ineligibilityReasons`, as a filter.
 */
function eligibleAccounts(now: Date): Sql {
  return sql`(own.role = 'ENTERPRISE_ADMIN' AND a.program = ANY(${[...programsInScope]})
    AND a.agreement_status = 'ACTIVE' AND a.end_date >= (${now}::timestamptz AT TIME ZONE 'UTC')::date
    AND NOT coalesce(bt.enterprise_direct_support, false)
    AND NOT (a.channel = 'DIRECT' AND p.enterprise_direct_support) AND present.is_open IS NOT TRUE)`;
}

/**
 * Locks accounts until the transaction ends, in id order: what is checked of them stays true till then. Only those
 * that the person holds a role on.
 */
export async function lockAccounts(
  manager: EntityManager,
  email: string,
  accountIds: readonly string[],
): Promise<void> {
  await select(
    manager,
    sql`SELECT FROM billing_accounts a WHERE id = ANY(${[...accountIds]})
      AND EXISTS (SELECT FROM billing_account_roles own WHERE own.billing_account_id = a.id AND own.email = ${email})
      ORDER BY id FOR NO KEY UPDATE OF a`,
  );
}
