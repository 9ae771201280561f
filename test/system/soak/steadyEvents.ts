import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";

const perSecond = 200;
const burst = 10;

/** A copy of an event, dated now, announced as it is committed. */
const copy = `WITH written AS (INSERT INTO cocp_events (record_id, sequence, type, occurred_at, actor, previous_status, status,
    effective_date, facts, request_id, billing_account_id, new_partner_id)
  SELECT record_id, $2, 'NOTIFICATION_CONTACT_UPDATED', clock_timestamp(), actor, status, status, effective_date, '{}',
    request_id, billing_account_id, new_partner_id FROM cocp_events WHERE id = $1 RETURNING 1)
  SELECT pg_notify('cocp_events', '') FROM written`;

/** Appends 200 events a second until it is aborted: copies of these, one after the other. */
export async function writeSteadily(client: Client, eventIds: readonly string[], over: AbortSignal): Promise<void> {
  const began = performance.now();
  for (let count = 0; !over.aborted; count += 1) {
    await client.query(copy, [eventIds[count % eventIds.length], 1_000_000 + count]);
    if (count % burst > 0) continue;
    const early = began + (count * 1_000) / perSecond - performance.now();
    if (early > 0) await pause(early);
  }
}
