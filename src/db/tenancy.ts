import type { CocpDirection, Viewer } from "../domain/model";
import { isAnyAdmin } from "./directory/viewers";
import { sql, type Sql } from "./postgres/sql";

/**
 * Tenancy, as conditions of every read (docs/domain.md, "Who sees what"; the same rule as `actorOn`).
 * `r` is a record, `e` an event, `a` a billing account.
 */

/** Whether the viewer is Enterprise Administrator of the account. */
function administers(viewer: Viewer, accountId: Sql): Sql {
  return sql`EXISTS (SELECT FROM billing_account_roles own WHERE own.billing_account_id = ${accountId}
    AND own.email = ${viewer.email} AND own.role = 'ENTERPRISE_ADMIN')`;
}

/** Whether the viewer acts for the customer on record `r`. A scalar, so that PostgreSQL looks it up in an index. */
export function isAccountAdmin(viewer: Viewer): Sql {
  if (!viewer.isEnterpriseAdmin) return sql`false`;
  return sql`coalesce((SELECT own.role = 'ENTERPRISE_ADMIN' FROM billing_account_roles own
    WHERE own.billing_account_id = r.billing_account_id AND own.email = ${viewer.email}), false)`;
}

/** The same for a visible record: a viewer that is only a customer sees no other records. */
export function seesAsAdmin(viewer: Viewer): Sql {
  return viewer.isOperations || viewer.partner !== null ? isAccountAdmin(viewer) : sql`true`;
}

/** The records that the viewer may see. */
export function visibleRecords(viewer: Viewer): Sql {
  if (viewer.isOperations) return sql`true`;
  return anyOf([
    ...(viewer.isEnterpriseAdmin ? [administers(viewer, sql`r.billing_account_id`)] : []),
    ...(viewer.partner === null ? [] : [ofPartner(viewer.partner.id)]),
  ]);
}

/**
 * The visible records as conditions of which a record meets one at most. An index gives the records of each in the
 * order of a list; of an OR it could not.
 */
export function visibleRecordParts(viewer: Viewer, direction: CocpDirection | undefined): Sql[] {
  const partnerId = viewer.partner?.id ?? null;
  if (partnerId === null) return [direction === undefined ? visibleRecords(viewer) : sql`false`];
  const incoming = sql`r.new_partner_id = ${partnerId}::uuid`;
  const outgoing = sql`r.old_partner_id = ${partnerId}::uuid`;
  if (viewer.isOperations) {
    return [direction === undefined ? sql`true` : direction === "INCOMING" ? incoming : outgoing];
  }
  if (direction === "INCOMING") return [incoming];
  const ofPartner = [sql`${outgoing} AND r.approved_at IS NOT NULL`];
  const ofAdmin = viewer.isEnterpriseAdmin ? [administers(viewer, sql`r.billing_account_id`)] : [];
  if (direction === "OUTGOING") {
    return [...ofPartner, ...ofAdmin.map((admin) => sql`${outgoing} AND r.approved_at IS NULL AND ${admin}`)];
  }
  const others = sql`r.new_partner_id <> ${partnerId}::uuid
    AND (r.old_partner_id <> ${partnerId}::uuid OR r.approved_at IS NULL)`;
  return [incoming, ...ofPartner, ...ofAdmin.map((admin) => sql`${others} AND ${admin}`)];
}

/** The events that the viewer may see. */
export function visibleEvents(viewer: Viewer): Sql {
  if (viewer.isOperations) return sql`true`;
  return anyOf([
    ...(viewer.isEnterpriseAdmin ? [administers(viewer, sql`e.billing_account_id`)] : []),
    ...(viewer.partner === null
      ? []
      : [sql`(e.new_partner_id = ${viewer.partner.id} OR e.old_partner_id = ${viewer.partner.id})`]),
  ]);
}

/** The visible events as conditions of which an event meets one at most: see visibleRecordParts. */
export function visibleEventParts(viewer: Viewer): Sql[] {
  const { partner, isOperations, isEnterpriseAdmin } = viewer;
  if (partner === null || isOperations) return [visibleEvents(viewer)];
  const ofPartner = [sql`e.new_partner_id = ${partner.id}`, sql`e.old_partner_id = ${partner.id}`];
  if (!isEnterpriseAdmin) return ofPartner;
  const others = sql`e.new_partner_id <> ${partner.id} AND e.old_partner_id IS DISTINCT FROM ${partner.id}::uuid`;
  return [...ofPartner, sql`${others} AND ${administers(viewer, sql`e.billing_account_id`)}`];
}

/** The accounts on which the viewer has a role, or that are in a visible record. `own` is the viewer's role on `a`. */
export function visibleAccounts(viewer: Viewer): Sql {
  if (viewer.isOperations) return sql`true`;
  if (viewer.partner === null) return sql`own.role IS NOT NULL`;
  return sql`(own.role IS NOT NULL OR EXISTS (
    SELECT FROM cocp_records r WHERE r.billing_account_id = a.id AND ${ofPartner(viewer.partner.id)}))`;
}

/**
 * The partners that the viewer may see: all for an Enterprise Administrator, who may choose any; for a partner user,
 * its own organization and the partners that it follows. By the rights that the directory gives when the statement
 * runs: a partner is looked up after waiting for locks.
 */
export function visiblePartners({ email, isOperations }: Viewer): Sql {
  if (isOperations) return sql`true`;
  const own = sql`(SELECT u.partner_id FROM partner_users u WHERE u.email = ${email})`;
  return sql`(${isAnyAdmin(sql`${email}`)} OR p.id = ${own} OR EXISTS (
    SELECT FROM cocp_records r WHERE r.new_partner_id = ${own} AND r.old_partner_id = p.id))`;
}

/** The customers of the accounts that the viewer may see. */
export function visibleCustomers(viewer: Viewer): Sql {
  return sql`EXISTS (SELECT FROM billing_accounts a
    LEFT JOIN billing_account_roles own ON own.billing_account_id = a.id AND own.email = ${viewer.email}
    WHERE a.customer_id = c.id AND ${visibleAccounts(viewer)})`;
}

/** Records of a partner: incoming ones, and outgoing ones from IN_GRACE_PERIOD on. */
function ofPartner(partnerId: string): Sql {
  return sql`(r.new_partner_id = ${partnerId} OR (r.old_partner_id = ${partnerId} AND r.approved_at IS NOT NULL))`;
}

function anyOf(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return sql`false`;
  return sql`(${conditions.reduce((left, right) => sql`${left} OR ${right}`)})`;
}
