import { createDataSource } from "../../../src/db/postgres/dataSource";
import { CocpEventEntity } from "../../../src/entities/cocpEventEntity";
import { CocpRecordEntity } from "../../../src/entities/cocpRecordEntity";
import { createLogger } from "../../../src/logger";
import { withClient } from "../../support/api/testServer";
import { waitFor } from "../../support/waitFor";
import type { Installation } from "./installation";

const left = `SELECT (SELECT count(*) FROM cocp_records WHERE status = 'CANCELLATION_IN_PROGRESS')::integer AS canceling,
  (SELECT count(*) FROM cocp_notifications WHERE state = 'QUEUED')::integer AS queued,
  (SELECT coalesce(json_agg(DISTINCT concat_ws(' ', task_identifier, 'attempt', attempts, 'in',
    round(extract(epoch FROM run_at - now())), 's', last_error)), '[]') FROM graphile_worker.jobs) AS jobs`;

/** Waits until the workers have nothing left to do: cancellations finished, mails sent. */
export async function settle({ databaseUrl }: Installation): Promise<void> {
  let last: { canceling: number; queued: number; jobs: string[] } | null = null;
  const isSettled = () =>
    withClient(databaseUrl, async (client) => {
      last = (await client.query(left)).rows[0];
      return last?.canceling === 0 && last.queued === 0;
    });
  await waitFor("the workers to finish", isSettled, 90_000).catch((error: unknown) => {
    throw new Error(`Not settled: ${JSON.stringify(last)}`, { cause: error });
  });
}

/** What the tables hold. */
export interface Ledger {
  readonly requestIds: readonly string[];
  readonly records: readonly CocpRecordEntity[];
  /** In the order of the feed. */
  readonly events: readonly CocpEventEntity[];
  readonly notices: readonly Notice[];
  /** The Message-IDs of the mails that arrived, as often as they did. */
  readonly arrived: readonly string[];
}

/** A notification, once for each record that it is about. */
export interface Notice {
  readonly recordId: string;
  readonly kind: string;
  readonly recipientParty: string;
  readonly recipient: string;
  readonly messageId: string;
  readonly state: string;
}

export async function readLedger({ databaseUrl, mails }: Installation): Promise<Ledger> {
  const logger = createLogger("silent", "json");
  const dataSource = await createDataSource({ url: databaseUrl, poolSize: 1, logger }).initialize();
  try {
    const { manager } = dataSource;
    const requests: { id: string }[] = await manager.query("SELECT request_id AS id FROM cocp_requests");
    return {
      requestIds: requests.map(({ id }) => id),
      records: await manager.find(CocpRecordEntity),
      events: await manager.find(CocpEventEntity, { order: { transactionId: "ASC", position: "ASC" } }),
      notices: await manager.query(
        `SELECT nr.record_id AS "recordId", n.kind, n.recipient_party AS "recipientParty", n.recipient, n.message_id AS "messageId",
          n.state FROM cocp_notifications n JOIN cocp_notification_records nr ON nr.notification_id = n.id`,
      ),
      arrived: mails.received.map((mail) => /^Message-ID:\s*(<[^>]+>)/im.exec(mail)?.[1] ?? "none"),
    };
  } finally {
    await dataSource.destroy();
  }
}
