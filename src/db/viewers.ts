import type { EntityManager } from "typeorm";
import { select, sql } from "./query";

export interface DirectoryPerson {
  readonly isEnterpriseAdmin: boolean;
  readonly displayName: string | null;
  readonly partnerId: string | null;
  readonly canRespond: boolean | null;
}

/** What the directory knows of a person. */
export async function readPerson(manager: EntityManager, email: string): Promise<DirectoryPerson> {
  const [row] = await select<DirectoryPerson>(
    manager,
    sql`SELECT EXISTS (SELECT FROM billing_account_roles WHERE email = ${email} AND role = 'ENTERPRISE_ADMIN')
        AS "isEnterpriseAdmin",
      u.display_name AS "displayName", u.partner_id AS "partnerId", u.can_respond AS "canRespond"
      FROM (SELECT) one LEFT JOIN partner_users u ON u.email = ${email}`,
  );
  return row ?? { isEnterpriseAdmin: false, displayName: null, partnerId: null, canRespond: null };
}

/** The customers on whose billing accounts a person has a role. */
export async function readTenants(manager: EntityManager, email: string): Promise<string[]> {
  const rows = await select<{ id: string }>(
    manager,
    sql`SELECT DISTINCT a.customer_id AS id FROM billing_account_roles r JOIN billing_accounts a ON a.id = r.billing_account_id
      WHERE r.email = ${email} ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}
