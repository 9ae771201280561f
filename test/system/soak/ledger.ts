import { withClient } from "../../support/testServer";
import { waitFor } from "../../support/waitFor";
import type { Installation } from "./installation";

/** Waits until the workers have nothing left to do: cancellations finished, mails sent. */
export async function settle({ databaseUrl }: Installation): Promise<void> {
  const left = `SELECT (SELECT count(*) FROM cocp_records WHERE status = 'CANCELLATION_IN_PROGRESS')::integer AS canceling,
    (SELECT count(*) FROM cocp_notifications WHERE state = 'QUEUED')::integer AS queued`;
  const look = () => withClient(databaseUrl, async (client) => (await client.query(left)).rows[0]);
  await waitFor("the workers to finish", async () => Object.values(await look()).every((count) => count === 0), 90_000);
}

/** Record and type of every event that was committed. */
export async function committedEvents({ databaseUrl }: Installation): Promise<{ recordId: string; type: string }[]> {
  const query = `SELECT record_id AS "recordId", type FROM cocp_events`;
  return await withClient(databaseUrl, async (client) => (await client.query(query)).rows);
}

interface Notification {
  readonly messageId: string;
  readonly state: string;
  /** What it tells, of which records, to whom. */
  readonly subject: string;
}

/** Every notification that was written. */
export async function writtenNotifications({ databaseUrl }: Installation): Promise<Notification[]> {
  const query = `SELECT n.message_id AS "messageId", n.state, concat_ws(' ', n.kind, n.recipient, string_agg(r.record_id::text,
    ',' ORDER BY r.record_id)) AS subject FROM cocp_notifications n JOIN cocp_notification_records r ON r.notification_id = n.id
    GROUP BY n.id`;
  return await withClient(databaseUrl, async (client) => (await client.query(query)).rows);
}

/** The Message-IDs of the mails that arrived, as often as they did. */
export function arrivedMessageIds({ mails }: Installation): string[] {
  return mails.received.map((mail) => /^Message-ID:\s*(<[^>]+>)/im.exec(mail)?.[1] ?? "none");
}
