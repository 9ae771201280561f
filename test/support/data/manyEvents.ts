import type { TestApi } from "../api/testApi";

/** An insertion of one more event: a copy of the log's first one, under another number and type. */
export const copiedEvent = (sequence: string, type: string) => `INSERT INTO cocp_events (record_id, sequence, type,
    occurred_at, actor, previous_status, status, effective_date, facts, request_id, billing_account_id, new_partner_id)
  SELECT record_id, ${sequence}, '${type}', now(), 'OPERATIONS', status, status, effective_date, '{}', request_id,
    billing_account_id, new_partner_id FROM cocp_events WHERE sequence = 1 ORDER BY position LIMIT 1`;

/** Appends events to the log's first record, numbered on from `first`, each in a transaction of its own. */
export async function writeEvents(api: Pick<TestApi, "rows">, first: number, count: number): Promise<void> {
  await api.rows(`DO $$ BEGIN FOR turn IN ${first}..${first + count - 1} LOOP
    ${copiedEvent("turn", "NOTIFICATION_CONTACT_UPDATED")}; COMMIT; END LOOP; END $$`);
}
