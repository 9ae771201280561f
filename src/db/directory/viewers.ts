import type { EntityManager } from "typeorm";
import type { Viewer } from "../../domain/model";
import { select, sql, type Sql } from "../postgres/sql";

export interface DirectoryPerson {
  readonly isEnterpriseAdmin: boolean;
  readonly displayName: string | null;
  readonly partnerId: string | null;
  readonly canRespond: boolean | null;
}

/** Reads the rights of people by address, and `instant`. */
export async function readPeople(
  manager: EntityManager,
  emails: readonly string[],
  instant: Sql = sql`clock_timestamp()`,
): Promise<Map<string, DirectoryPerson & { readonly now: Date }>> {
  const rows = await select<DirectoryPerson & { email: string; now: Date }>(
    manager,
    sql`SELECT person.email, ${isAnyAdmin(sql`person.email`)} AS "isEnterpriseAdmin",
      u.display_name AS "displayName", u.partner_id AS "partnerId", u.can_respond AS "canRespond", ${instant} AS now
      FROM unnest(${[...emails]}::text[]) AS person(email) LEFT JOIN partner_users u ON u.email = person.email`,
  );
  return new Map(rows.map((row) => [row.email, row]));
}

/**
 * The viewer with the rights that the directory gives it now. For decisions: read it in their transaction, after
 * locks.
 */
export async function readPresentViewer(manager: EntityManager, viewer: Viewer): Promise<Viewer> {
  const person = (await readPeople(manager, [viewer.email])).get(viewer.email);
  const partnerId = person?.partnerId ?? null;
  return {
    ...viewer,
    isEnterpriseAdmin: person?.isEnterpriseAdmin ?? false,
    partner: partnerId === null ? null : { id: partnerId, canRespond: person?.canRespond ?? false },
  };
}

/**
 * Whether the directory, as a statement sees it, gives a viewer other parts than those that decide what it sees: it
 * was looked up before.
 */
export function isOutdated({ email, partner, isEnterpriseAdmin }: Viewer): Sql {
  return sql`((SELECT u.partner_id FROM partner_users u WHERE u.email = ${email}) IS DISTINCT FROM ${partner?.id ?? null}::uuid
    OR ${isAnyAdmin(sql`${email}`)} <> ${isEnterpriseAdmin})`;
}

export function isAnyAdmin(email: Sql): Sql {
  return holdsRole(email, sql`own.role = 'ENTERPRISE_ADMIN'`);
}

/**
 * Whether a person has a role `own` like that on any account. A scalar, ordered as the key is, so that PostgreSQL
 * looks one up there and never reads all roles in the hope of an early find.
 */
export function holdsRole(email: Sql, condition: Sql): Sql {
  return sql`coalesce((SELECT true FROM billing_account_roles own
    WHERE own.email = ${email} AND ${condition} ORDER BY own.billing_account_id LIMIT 1), false)`;
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
