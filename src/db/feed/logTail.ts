import type { EntityManager } from "typeorm";
import {
  boundsFrom,
  eventsAfter,
  eventShape,
  feedHorizon,
  batchOf,
  type EventBatch,
  type FeedPosition,
  type LogBounds,
} from "./eventLog";
import { JsonShape, plain, type JsonRows } from "../postgres/jsonRows";
import { select, sql } from "../postgres/sql";
import { holdsRole, isAnyAdmin } from "../directory/viewers";

/** People with the same rights to some events: one person whose rights depend on roles, or all users of a partner. */
export interface Recipients {
  readonly emails: readonly [string, ...string[]];
  /** The events' billing accounts that they administer. */
  readonly accountIds: readonly string[];
  /** Whether they have a role on any billing account. */
  readonly hasRole: boolean;
  readonly isEnterpriseAdmin: boolean;
  readonly partnerId: string | null;
  readonly canRespond: boolean | null;
}

/** A batch of the log, with all people that its events concern. */
export interface LogBatch extends EventBatch {
  readonly recipients: Recipients[];
}

const recipientShape = new JsonShape<Recipients>({
  emails: plain(sql`json_agg(person.email)`),
  accountIds: plain(sql`to_json(person.account_ids)`),
  hasRole: plain(sql`person.has_role`),
  isEnterpriseAdmin: plain(sql`person.is_admin`),
  partnerId: plain(sql`u.partner_id`),
  canRespond: plain(sql`u.can_respond`),
});

/**
 * Reads the events after an offset, in commit order, and the people that they concern (the same rule as
 * `visibleEvents`), with the given operators. One statement for any number of subscribers. `answerWithin`: see
 * `select`.
 */
export async function readLogTail(
  manager: EntityManager,
  after: FeedPosition,
  limit: number,
  operators: readonly string[],
  answerWithin?: number,
): Promise<LogBatch> {
  // Arrays, since for a subquery PostgreSQL would expect so many rows that it reads the whole directory.
  const [row] = await select<LogBounds & { events: JsonRows; recipients: JsonRows }>(
    manager,
    sql`WITH horizon AS (SELECT ${feedHorizon} AS xmin), found AS MATERIALIZED (${eventsAfter(after, sql`true`, limit)}),
      concerned AS MATERIALIZED (
        SELECT array_agg(DISTINCT billing_account_id) AS accounts,
          array_agg(DISTINCT new_partner_id) || array_agg(DISTINCT old_partner_id) AS partners FROM found
      ), party AS (
        SELECT email FROM billing_account_roles
          WHERE role = 'ENTERPRISE_ADMIN' AND billing_account_id = ANY((SELECT accounts FROM concerned)::uuid[])
        UNION SELECT email FROM partner_users WHERE partner_id = ANY((SELECT partners FROM concerned)::uuid[])
        UNION SELECT operator FROM unnest(${[...operators]}::text[]) operator WHERE EXISTS (SELECT FROM found)
      ), known AS MATERIALIZED (
        SELECT email, ${holdsRole(sql`party.email`, sql`true`)} AS has_role FROM party
      ), person AS MATERIALIZED (
        SELECT email, has_role, has_role AND ${isAnyAdmin(sql`party.email`)} AS is_admin,
          CASE WHEN has_role THEN ARRAY(SELECT r.billing_account_id FROM billing_account_roles r WHERE r.email = party.email
            AND r.role = 'ENTERPRISE_ADMIN' AND r.billing_account_id = ANY((SELECT accounts FROM concerned)::uuid[])
            ORDER BY r.billing_account_id) ELSE '{}' END AS account_ids
        FROM known party
      )
      SELECT ${boundsFrom(after)},
        ${eventShape.select(sql`found e ORDER BY e.transaction_id, e.position`)} AS events,
        ${recipientShape.select(sql`person LEFT JOIN partner_users u ON u.email = person.email
          GROUP BY person.account_ids, person.has_role, person.is_admin, u.partner_id, u.can_respond,
            CASE WHEN person.has_role THEN person.email END`)} AS recipients`,
    answerWithin,
  );
  const batch = batchOf(eventShape.rowsIn(row?.events), row, after, limit);
  return { ...batch, recipients: recipientShape.rowsIn(row?.recipients) };
}
