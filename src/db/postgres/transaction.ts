import { setTimeout as pause } from "node:timers/promises";
import type { EntityManager } from "typeorm";
import { errorCode } from "../../errorCode";
import { shareOf, type Database } from "./connectionQuotas";

/** A prepared statement's tables were changed by a migration since. */
export const planOutdated = "0A000";
const serializationFailure = "40001";
const deadlockDetected = "40P01";
const askedFor: ReadonlySet<string | null> = new Set([serializationFailure, deadlockDetected, planOutdated]);
const attempts = 4;

/**
 * Runs a transaction, and again, at most three times, when PostgreSQL asks for it (serialization failure, deadlock,
 * outdated plan) or when `isRetriable` says so.
 */
export async function withRetries<Result>(
  transaction: () => Promise<Result>,
  isRetriable: (error: unknown) => boolean = () => false,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      const again = askedFor.has(errorCode(error)) || isRetriable(error);
      if (!again || attempt === attempts) throw error;
    }
    await pause(Math.random() * 20 * attempt);
  }
}

/**
 * Runs `work` in a transaction and returns its result. Runs it again as `withRetries` does: `work` must change
 * nothing but the database. Throws ShareTakenError.
 */
export async function inTransaction<Result>(
  { manager }: Database,
  work: (manager: EntityManager) => Promise<Result>,
  isRetriable?: (error: unknown) => boolean,
): Promise<Result> {
  return await withRetries(async () => {
    const share = shareOf(manager);
    const turn = share?.take();
    if (turn) await turn;
    try {
      return await manager.transaction(work);
    } finally {
      share?.giveBack();
    }
  }, isRetriable);
}

/** Whether a statement failed on that constraint or unique index. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof Error && Reflect.get(error, "constraint") === constraint;
}
