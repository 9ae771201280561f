import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import { globalId } from "../../../src/resolvers/globalId";
import { withClient } from "../../support/api/testServer";
import { waitFor } from "../../support/waitFor";
import type { Directory } from "./directory";
import type { Installation } from "./installation";
import type { Subscriber } from "./subscribers";
import { write } from "./writers";

const perSecond = 200;
const burst = 10;
/** The sequence of the first copy. */
const firstCopy = 1_000_000;

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
    await client.query(copy, [eventIds[count % eventIds.length], firstCopy + count]);
    if (count % burst > 0) continue;
    const early = began + (count * 1_000) / perSecond - performance.now();
    if (early > 0) await pause(early);
  }
}

interface EventRow {
  readonly id: string;
  readonly customer: string;
  readonly at: Date;
}

async function readEvents({ databaseUrl }: Installation, condition: string): Promise<EventRow[]> {
  const query = `SELECT e.id, a.customer_id AS customer, e.occurred_at AS at FROM cocp_events e
    JOIN billing_accounts a ON a.id = e.billing_account_id WHERE ${condition} ORDER BY e.transaction_id, e.position`;
  return await withClient(databaseUrl, async (client) => (await client.query(query)).rows);
}

/** Lets each customer write until there is an event of each, to be copied. Gives their ids. */
export async function oneEventOfEach(installation: Installation, directory: Directory): Promise<string[]> {
  const over = new AbortController();
  const writing = directory.customers.map((customer) => write(installation, directory, customer, over.signal));
  const find = async () =>
    new Map((await readEvents(installation, "e.sequence = 1")).map(({ id, customer }) => [customer, id]));
  const areAllThere = async () => (await find()).size === directory.customers.length;
  await waitFor("an event of each customer", areAllThere, 60_000);
  over.abort();
  await Promise.all(writing);
  return [...(await find()).values()];
}

/**
 * Milliseconds from the writing of each copy to its arrival at each dashboard, of those written in a while; in order.
 */
export type LagsOf = (dashboards: readonly Subscriber[], from: number, to: number) => number[];

/** Reads when the copies were written, once they all are. */
export async function readLags(installation: Installation): Promise<LagsOf> {
  const copies = await readEvents(installation, `e.sequence >= ${firstCopy}`);
  const written = new Map(copies.map(({ id, at }) => [globalId("CocpEvent", id), +at]));
  return (dashboards, from, to) =>
    dashboards
      .flatMap(({ events, arrivals }) =>
        events.flatMap(({ id }, index) => {
          const at = written.get(id) ?? 0;
          return at >= from && at < to ? [(arrivals[index] ?? 0) - at] : [];
        }),
      )
      .toSorted((one, other) => one - other);
}

/** What 99 % are within, of numbers in order. */
export function p99(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}
