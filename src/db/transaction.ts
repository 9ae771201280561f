import { setTimeout as pause } from "node:timers/promises";
import { QueryFailedError, type DataSource, type EntityManager } from "typeorm";

const serializationFailure = "40001";
const deadlockDetected = "40P01";
const attempts = 4;

/**
 * Runs `work` in a transaction and gives what it returns. Runs it again, at most three times, when PostgreSQL asks for it
 * (serialization failure, deadlock) or when `isRetriable` says so: `work` must change nothing but the database.
 */
export async function inTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
  isRetriable: (error: unknown) => boolean = () => false,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      const code = sqlState(error);
      const again = code === serializationFailure || code === deadlockDetected || isRetriable(error);
      if (!again || attempt === attempts) throw error;
      await pause(Math.random() * 20 * attempt);
    }
  }
}

/** The SQLSTATE of a failed statement; null for any other error. */
export function sqlState(error: unknown): string | null {
  return error instanceof QueryFailedError ? driverField(error, "code") : null;
}

/** Whether a statement failed on that constraint or unique index. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof QueryFailedError && driverField(error, "constraint") === constraint;
}

function driverField(error: QueryFailedError, name: "code" | "constraint"): string | null {
  const driverError: object = error.driverError;
  const value: unknown = Reflect.get(driverError, name);
  return typeof value === "string" ? value : null;
}
