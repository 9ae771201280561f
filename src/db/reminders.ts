import type { EntityManager } from "typeorm";
import type { CocpRecord } from "../domain/record";
import { CocpRecordEntity } from "../entities/cocpRecordEntity";
import { columnsOf, select, sql } from "./query";
import { waitForSweep } from "./sweepLock";

/**
 * Takes reminders that have come due and were not taken before, for about `limit` unanswered records, of a request all
 * together: each record and day once, whoever asks. Gives the records that are to be reminded now; one that is behind by
 * several days once. Records that a command holds are left to the next sweep: they may be answered in a moment.
 */
export async function takeDueReminders(
  manager: EntityManager,
  now: Date,
  days: readonly number[],
  limit: number,
): Promise<CocpRecord[]> {
  await waitForSweep(manager);
  const dueDays = sql`SELECT d.day FROM unnest(${[...days]}::integer[]) AS d(day)
    WHERE r.submitted_at <= ${now}::timestamptz - d.day * interval '24 hours'
      AND NOT EXISTS (SELECT FROM cocp_reminders taken WHERE taken.record_id = r.id AND taken.day = d.day)`;
  const isDue = sql`r.status = 'IN_PROGRESS' AND r.expires_at > ${now}::timestamptz AND EXISTS (${dueDays})`;
  return await select<CocpRecord>(
    manager,
    sql`WITH due AS (
        SELECT r.* FROM cocp_records r WHERE ${isDue} AND r.request_id IN (
          SELECT r.request_id FROM cocp_records r WHERE ${isDue} ORDER BY r.submitted_at, r.request_id LIMIT ${limit})
        FOR UPDATE OF r SKIP LOCKED),
      taken AS (
        INSERT INTO cocp_reminders (record_id, day) SELECT r.id, late.day FROM due r CROSS JOIN LATERAL (${dueDays}) late)
      SELECT ${columnsOf(CocpRecordEntity, "r")} FROM due r ORDER BY r.id`,
  );
}
