import type { EntityManager } from "typeorm";
import type { EventRow } from "./eventLog";
import { select, sql } from "./query";

/**
 * People who have the same rights to some events, as the directory gives them now: one person where the rights hang on roles,
 * all users of a partner alike otherwise.
 */
export interface Recipients {
  readonly emails: readonly [string, ...string[]];
  /** Of the events' billing accounts, those that they are Enterprise Administrator of. */
  readonly accountIds: readonly string[];
  /** Holds a role on any billing account. */
  readonly hasRole: boolean;
  readonly isEnterpriseAdmin: boolean;
  readonly partnerId: string | null;
  readonly canRespond: boolean | null;
}

/** No address holds one: addresses travel as one text, since thousands may work for a partner. */
const separator = " ";

/**
 * Everybody at the customers and partners that these events concern: the same rule as `visibleEvents`; and the operators, whom
 * all events concern. One statement, however many listen.
 */
export async function readRecipients(
  manager: EntityManager,
  events: readonly EventRow[],
  operators: readonly string[],
): Promise<Recipients[]> {
  const accountIds = [...new Set(events.map((event) => event.billingAccountId))];
  const partnerIds = [...new Set(events.flatMap((event) => [event.newPartnerId, event.oldPartnerId ?? []].flat()))];
  const rows = await select<Omit<Recipients, "emails"> & { readonly emails: string }>(
    manager,
    sql`WITH party AS (
        SELECT email FROM billing_account_roles
          WHERE role = 'ENTERPRISE_ADMIN' AND billing_account_id = ANY(${accountIds}::uuid[])
        UNION SELECT email FROM partner_users WHERE partner_id = ANY(${partnerIds}::uuid[])
        UNION SELECT unnest(${[...operators]}::text[])
      ), person AS (
        SELECT party.email, count(r.email) > 0 AS has_role, coalesce(bool_or(r.role = 'ENTERPRISE_ADMIN'), false) AS is_admin,
          coalesce(array_agg(r.billing_account_id) FILTER (
            WHERE r.role = 'ENTERPRISE_ADMIN' AND r.billing_account_id = ANY(${accountIds}::uuid[])), '{}') AS account_ids
        FROM party LEFT JOIN billing_account_roles r ON r.email = party.email GROUP BY party.email
      )
      SELECT string_agg(person.email, ${separator}) AS emails, person.account_ids AS "accountIds",
        person.has_role AS "hasRole", person.is_admin AS "isEnterpriseAdmin",
        u.partner_id AS "partnerId", u.can_respond AS "canRespond"
      FROM person LEFT JOIN partner_users u ON u.email = person.email
      GROUP BY person.account_ids, person.has_role, person.is_admin, u.partner_id, u.can_respond,
        CASE WHEN person.has_role THEN person.email END`,
  );
  return rows.map((row) => ({ ...row, emails: row.emails.split(separator) as [string, ...string[]] }));
}
