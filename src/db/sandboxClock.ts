import type { DataSource, EntityManager } from "typeorm";
import { advisoryLocks } from "./postgres/advisoryLocks";
import { select, sql } from "./query";

/** Milliseconds that the installation's clock is ahead. */
export async function readClockOffset(manager: EntityManager): Promise<number> {
  const [row] = await select<{ offset: string }>(manager, sql`SELECT offset_ms AS offset FROM sandbox_clock`);
  return Number(row?.offset ?? 0);
}

/** Moves the installation's clock ahead by so many milliseconds. Gives the new offset. */
export async function addToClockOffset(manager: EntityManager, milliseconds: number): Promise<number> {
  const [row] = await select<{ offset: string }>(
    manager,
    sql`WITH moved AS (UPDATE sandbox_clock SET offset_ms = offset_ms + ${milliseconds}::bigint RETURNING offset_ms)
      SELECT offset_ms AS offset FROM moved`,
  );
  return Number(row?.offset ?? 0);
}

/** Runs `work` while nobody else moves the clock, on this node or another. Waits for its turn, at most for the lock's time limit. */
export async function withClockLock(dataSource: DataSource, work: () => Promise<void>): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query("SELECT pg_advisory_lock($1)", [advisoryLocks.sandboxClock]);
    try {
      await work();
    } finally {
      await runner.query("SELECT pg_advisory_unlock($1)", [advisoryLocks.sandboxClock]);
    }
  } finally {
    await runner.release();
  }
}
