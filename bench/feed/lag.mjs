// How long after its commit an event is at the sockets, and how many statements that takes.
import { withClient } from "../lib/postgres.mjs";

/** One more event of the first record, committed by itself: a copy of its first one. */
const event = `INSERT INTO cocp_events (record_id, sequence, type, occurred_at, actor, previous_status, status,
    effective_date, facts, request_id, billing_account_id, new_partner_id)
  SELECT record_id, (SELECT max(sequence) + 1 FROM cocp_events other WHERE other.record_id = first.record_id),
    'NOTIFICATION_CONTACT_UPDATED', now(), actor, status, status, effective_date, '{}', request_id, billing_account_id,
    new_partner_id FROM cocp_events first WHERE sequence = 1 ORDER BY position LIMIT 1`;

/**
 * Commits events one after the other, each announced as Changeover does it, and waits until all sockets of the load have it.
 * Gives milliseconds from the commit to each arrival, in order.
 */
export async function lagsOf(load, databaseUrl, { size, events }) {
  return await withClient(databaseUrl, async (client) => {
    const lags = [];
    for (let each = 0; each < events; each += 1) {
      await load.expect(size, { times: true });
      await client.query(event);
      const committed = performance.timeOrigin + performance.now();
      const done = load.done();
      await client.query("SELECT pg_notify('cocp_events', '')");
      const { times } = await done;
      if (each > 0) lags.push(...times.map((time) => time - committed)); // the first one warms
    }
    return lags.sort((one, other) => one - other);
  });
}

/** Statements that the server sends for an event, by pg_stat_statements; its look at each second is not counted. */
export async function statementsOf(load, databaseUrl, { size, events }) {
  const counted = `SELECT coalesce(sum(calls), 0)::integer AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE '%pg_notify%'
      AND query NOT LIKE 'INSERT INTO cocp_events%'`;
  return await withClient(databaseUrl, async (client) => {
    await client.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    const counts = [];
    for (let each = 0; each < events; each += 1) {
      await load.expect(size);
      await client.query("SELECT pg_stat_statements_reset()");
      const done = load.done();
      await client.query(event);
      await client.query("SELECT pg_notify('cocp_events', '')");
      await done;
      counts.push((await client.query(counted)).rows[0].calls);
    }
    return counts.sort((one, other) => one - other)[Math.floor(events / 2)];
  });
}
