import type { DataSource, EntityManager } from "typeorm";
import { advisoryLocks } from "../postgres/advisoryLocks";
import { select, sql } from "../postgres/sql";

/** Moves the installation's clock ahead. */
export async function addToClockOffset(manager: EntityManager, milliseconds: number): Promise<void> {
  await select(manager, sql`UPDATE sandbox_clock SET offset_ms = offset_ms + ${milliseconds}::bigint`);
}

/** Runs `work` while no other node moves the clock. Waits with one connection, at most for the lock's time limit. */
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
