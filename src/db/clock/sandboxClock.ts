import type { DataSource, EntityManager } from "typeorm";
import { advisoryLocks } from "../postgres/advisoryLocks";
import { select, sql } from "../postgres/sql";

/**
 * Moves the installation's clock ahead, in a transaction of its own. `onTransaction` receives the transaction's id
 * before the commit, so that a caller whose connection is lost can ask `isCommitted`.
 */
export async function addToClockOffset(
  manager: EntityManager,
  milliseconds: number,
  onTransaction: (transactionId: string) => void,
): Promise<void> {
  await manager.transaction(async (inTransaction) => {
    const [row] = await select<{ id: string }>(
      inTransaction,
      sql`UPDATE sandbox_clock SET offset_ms = offset_ms + ${milliseconds}::bigint
        RETURNING pg_current_xact_id()::text AS id`,
    );
    if (row !== undefined) onTransaction(row.id);
  });
}

/** Whether a transaction was committed; null while it still runs. */
export async function isCommitted(manager: EntityManager, transactionId: string): Promise<boolean | null> {
  const [row] = await select<{ status: string | null }>(
    manager,
    sql`SELECT pg_xact_status(${transactionId}::text::xid8) AS status`,
  );
  return row?.status === "in progress" ? null : row?.status === "committed";
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
