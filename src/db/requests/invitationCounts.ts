import type { EntityManager } from "typeorm";
import { advisoryLocks } from "../postgres/advisoryLocks";
import { select, sql } from "../postgres/sql";

/** An invitation that this transaction has written, by its request and recipient. */
export interface WrittenInvitation {
  readonly requestId: string;
  readonly recipient: string;
}

const hour = sql`interval '1 hour'`;

/**
 * For each contact that this transaction invites: in how many seconds, at the latest, fewer than `max` invitations of
 * the customer to that contact are younger than an hour. Null where there are at most `max`, these included.
 * Suppressed ones do not count. Transactions that invite the same contact for the same customer count one after the
 * other.
 */
export async function secondsOverLimit(
  manager: EntityManager,
  written: readonly WrittenInvitation[],
  max: number,
): Promise<number | null> {
  const contacts = sql`SELECT DISTINCT q.customer_id, lower(w.recipient COLLATE "C") AS contact
    FROM jsonb_to_recordset(${JSON.stringify(written)}::jsonb) AS w("requestId" text, recipient text)
      JOIN cocp_requests q ON q.request_id = w."requestId"`;
  await select(
    manager,
    sql`SELECT pg_advisory_xact_lock(key) FROM (
      SELECT hashtextextended(customer_id::text || contact, ${advisoryLocks.invitations}) AS key FROM (${contacts}) c ORDER BY key) keys`,
  );
  const [row] = await select<{ seconds: number | null }>(
    manager,
    sql`SELECT max(extract(epoch FROM sent.written_at + ${hour} - clock_timestamp()))::float8 AS seconds
      FROM (${contacts}) c CROSS JOIN LATERAL (
        SELECT n.written_at FROM cocp_notifications n JOIN cocp_requests q ON q.request_id = n.request_id
        WHERE lower(n.recipient COLLATE "C") = c.contact AND n.kind = 'INVITATION' AND n.state <> 'SUPPRESSED'
          AND q.customer_id = c.customer_id AND n.written_at > clock_timestamp() - ${hour}
        ORDER BY n.written_at DESC OFFSET ${max}::bigint LIMIT 1) sent`,
  );
  return row?.seconds ?? null;
}
