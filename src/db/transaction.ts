import { setTimeout as pause } from "node:timers/promises";
import type { EntityManager } from "typeorm";
import { errorCode } from "../errorCode";
import { shareOf, type Database } from "./shares";

/** A prepared statement's tables were changed by a migration since. */
export const planOutdated = "0A000";
const serializationFailure = "40001";
const deadlockDetected = "40P01";
const askedFor: ReadonlySet<string | null> = new Set([serializationFailure, deadlockDetected, planOutdated]);
const attempts = 4;

/** Whether PostgreSQL asks for another attempt at the transaction. */
export function isRetryable(error: unknown): boolean {
  return askedFor.has(errorCode(error));
}

/**
 * Runs `work` in a transaction and gives what it returns. Runs it again, at most three times, when PostgreSQL asks for it
 * (serialization failure, deadlock, outdated plan) or when `isRetriable` says so: `work` must change nothing but the database.
 * Throws ShareTakenError.
 */
export async function inTransaction<Result>(
  { manager }: Database,
  work: (manager: EntityManager) => Promise<Result>,
  isRetriable: (error: unknown) => boolean = () => false,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const share = shareOf(manager);
    const turn = share?.take();
    if (turn) await turn;
    try {
      return await manager.transaction(work);
    } catch (error) {
      const again = isRetryable(error) || isRetriable(error);
      if (!again || attempt === attempts) throw error;
    } finally {
      share?.giveBack();
    }
    await pause(Math.random() * 20 * attempt);
  }
}

/** Whether a statement failed on that constraint or unique index. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof Error && Reflect.get(error, "constraint") === constraint;
}
