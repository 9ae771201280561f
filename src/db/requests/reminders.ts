import type { EntityManager } from "typeorm";
import type { CocpRecord } from "../../domain/record";
import { CocpRecordEntity } from "../../entities/cocpRecordEntity";
import { columnsOf, limitedTo, select, sql, type Sql } from "../postgres/sql";
import { waitForSweep } from "../postgres/advisoryLocks";

/**
 * Takes due reminders of about `limit` unanswered records, all of a request together; each record and day once.
 * Returns the records to remind now. A record that is behind by several days is reminded once, for the latest.
 * Records that a command has locked are left to the next sweep: they may be answered in a moment.
 */
export async function takeDueReminders(
  manager: EntityManager,
  now: Date,
  days: readonly number[],
  limit: number,
): Promise<CocpRecord[]> {
  await waitForSweep(manager);
  const before = (day: Sql) => sql`${now}::timestamptz - ${day} * interval '24 hours'`;
  // By windows of time, so that one join finds them among very many that were reminded already.
  const dueOnes = sql`cocp_records r JOIN latest ON r.submitted_at <= ${before(sql`latest.day`)}
      AND (latest.next IS NULL OR r.submitted_at > ${before(sql`latest.next`)})
    WHERE r.status = 'IN_PROGRESS' AND r.expires_at > ${now}::timestamptz
      AND NOT EXISTS (SELECT FROM cocp_reminders taken WHERE taken.record_id = r.id AND taken.day = latest.day)`;
  return await select<CocpRecord>(
    manager,
    sql`WITH latest AS (
        SELECT day, lead(day) OVER (ORDER BY day) AS next FROM unnest(${[...days]}::integer[]) AS d(day)),
      due AS (
        SELECT r.*, latest.day FROM ${dueOnes} AND r.request_id IN (
          SELECT r.request_id FROM ${dueOnes} ORDER BY r.submitted_at, r.request_id ${limitedTo(limit)})
        FOR UPDATE OF r SKIP LOCKED),
      taken AS (INSERT INTO cocp_reminders (record_id, day) SELECT id, day FROM due)
      SELECT ${columnsOf(CocpRecordEntity, "r")} FROM due r ORDER BY r.id`,
  );
}
