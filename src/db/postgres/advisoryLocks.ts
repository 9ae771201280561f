import type { EntityManager } from "typeorm";
import { select, sql } from "./sql";

/** Keys of all advisory locks of this program. Released builds use them: a number is never given to another lock. */
export const advisoryLocks = {
  /** Held by the session that migrates: several nodes may start at once, and TypeORM takes no lock. */
  migration: 4_207_001,
  /** Class of the locks by which workers show their heartbeat; the object is a hash of the worker's id. */
  worker: 4_207_002,
  /** Held by the transaction that settles what is due. */
  sweep: 4_207_003,
  /** Held by the session that moves the sandbox clock. */
  sandboxClock: 4_207_004,
  /** Held by the transaction of an import: one runs at a time. */
  import: 4_207_005,
  /** Held by the transaction that keeps a message for `mail release`. */
  heldMail: 4_207_009,
  /**
   * Seed of the locks by which invitations to a contact are counted; the rest of a key is a hash of customer and
   * contact.
   */
  invitations: 4_207_010,
} as const;

/**
 * Waits until no other transaction sweeps, and lets none until this one ends. Sweeps of several workers follow each
 * other, batch by batch: none does what another is doing, and none stops while something is due.
 */
export async function waitForSweep(manager: EntityManager): Promise<void> {
  await select(manager, sql`SELECT pg_advisory_xact_lock(${advisoryLocks.sweep})`);
}
