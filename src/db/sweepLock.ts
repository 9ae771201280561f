import type { EntityManager } from "typeorm";
import { select, sql } from "./query";

/** Keys of advisory locks. */
const sweepLock = 4_207_003;

/**
 * Waits until no other transaction sweeps, and lets none until this one ends. Sweeps of several workers take turns, batch
 * by batch: none does what another is doing, and none stops while something is due.
 */
export async function waitForSweep(manager: EntityManager): Promise<void> {
  await select(manager, sql`SELECT pg_advisory_xact_lock(${sweepLock})`);
}
