import type { CocpDirection, Viewer } from "../domain/model";
import { sql, type Sql } from "./postgres/sql";

/**
 * Tenancy, as conditions of every read (docs/domain.md, "Who sees what"; the same rule as `actorOn`).
 * `r` is a record, `e` an event, `a` a billing account.
 */

/** The viewer is Enterprise Administrator of the account. */
function administers(viewer: Viewer, accountId: Sql): Sql {
  return sql`EXISTS (SELECT FROM billing_account_roles own WHERE own.billing_account_id = ${accountId}
    AND own.email = ${viewer.email} AND own.role = 'ENTERPRISE_ADMIN')`;
}

/**
 * Whether the viewer acts for the customer on record `r`. As a scalar, which PostgreSQL looks up for each row in an
 * index.
 */
export function isAccountAdmin(viewer: Viewer): Sql {
  if (!viewer.isEnterpriseAdmin) return sql`false`;
  return sql`coalesce((SELECT own.role = 'ENTERPRISE_ADMIN' FROM billing_account_roles own
    WHERE own.billing_account_id = r.billing_account_id AND own.email = ${viewer.email}), false)`;
}

/** The same of a record that is visible to the viewer, which says it already of somebody who is nothing else. */
export function seesAsAdmin(viewer: Viewer): Sql {
  return viewer.isOperations || viewer.partner !== null ? isAccountAdmin(viewer) : sql`true`;
}

/** The records that the viewer's side is part of. */
export function visibleRecords(viewer: Viewer): Sql {
  if (viewer.isOperations) return sql`true`;
  return anyOf([
    ...(viewer.isEnterpriseAdmin ? [administers(viewer, sql`r.billing_account_id`)] : []),
    ...(viewer.partner === null ? [] : [ofPartner(viewer.partner.id)]),
  ]);
}

/**
 * The same as conditions of which a record meets at most one, each such that an index gives its records in the order
 * of a list. Who is of several parties has one condition.
 */
export function visibleRecordParts(viewer: Viewer, direction: CocpDirection | undefined): Sql[] {
  const { partner, isOperations, isEnterpriseAdmin } = viewer;
  const partnerId = partner?.id ?? null;
  const directed = {
    INCOMING: sql`r.new_partner_id = ${partnerId}::uuid`,
    OUTGOING: sql`r.old_partner_id = ${partnerId}::uuid`,
  };
  if (partner !== null && !isOperations && !isEnterpriseAdmin) {
    const parts = { INCOMING: directed.INCOMING, OUTGOING: sql`${directed.OUTGOING} AND r.approved_at IS NOT NULL` };
    return direction === undefined ? [parts.INCOMING, parts.OUTGOING] : [parts[direction]];
  }
  const visible = visibleRecords(viewer);
  return [direction === undefined ? visible : sql`${visible} AND ${directed[direction]}`];
}

/** The events that the viewer's side is part of. */
export function visibleEvents(viewer: Viewer): Sql {
  if (viewer.isOperations) return sql`true`;
  return anyOf([
    ...(viewer.isEnterpriseAdmin ? [administers(viewer, sql`e.billing_account_id`)] : []),
    ...(viewer.partner === null
      ? []
      : [sql`(e.new_partner_id = ${viewer.partner.id} OR e.old_partner_id = ${viewer.partner.id})`]),
  ]);
}

/**
 * The same as conditions of which an event meets at most one, each such that an index gives its events in the feed's
 * order.
 */
export function visibleEventParts(viewer: Viewer): Sql[] {
  const { partner, isOperations, isEnterpriseAdmin } = viewer;
  if (partner === null || isOperations || isEnterpriseAdmin) return [visibleEvents(viewer)];
  return [sql`e.new_partner_id = ${partner.id}`, sql`e.old_partner_id = ${partner.id}`];
}

/** The accounts that the viewer holds a role on, or meets in a record. `own` is the viewer's role on account `a`. */
export function visibleAccounts(viewer: Viewer): Sql {
  if (viewer.isOperations) return sql`true`;
  if (viewer.partner === null) return sql`own.role IS NOT NULL`;
  return sql`(own.role IS NOT NULL OR EXISTS (
    SELECT FROM cocp_records r WHERE r.billing_account_id = a.id AND ${ofPartner(viewer.partner.id)}))`;
}

/**
 * The partners that the viewer may come across: an Enterprise Administrator any, since it may choose any; a partner
 * user its own organization, and the one that it is to follow.
 */
export function visiblePartners(viewer: Viewer): Sql {
  if (viewer.isOperations || viewer.isEnterpriseAdmin) return sql`true`;
  if (viewer.partner === null) return sql`false`;
  return sql`(p.id = ${viewer.partner.id} OR EXISTS (
    SELECT FROM cocp_records r WHERE r.new_partner_id = ${viewer.partner.id} AND r.old_partner_id = p.id))`;
}

/** The customers of the accounts that the viewer may see. */
export function visibleCustomers(viewer: Viewer): Sql {
  return sql`EXISTS (SELECT FROM billing_accounts a
    LEFT JOIN billing_account_roles own ON own.billing_account_id = a.id AND own.email = ${viewer.email}
    WHERE a.customer_id = c.id AND ${visibleAccounts(viewer)})`;
}

/** The partner's records: incoming ones, and outgoing ones from IN_GRACE_PERIOD on. */
function ofPartner(partnerId: string): Sql {
  return sql`(r.new_partner_id = ${partnerId} OR (r.old_partner_id = ${partnerId} AND r.approved_at IS NOT NULL))`;
}

function anyOf(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return sql`false`;
  return sql`(${conditions.reduce((left, right) => sql`${left} OR ${right}`)})`;
}
