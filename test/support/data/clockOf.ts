import type { Clock } from "../../../src/db/clock/clock";
import { sql } from "../../../src/db/postgres/sql";

/** A service's clock that a test sets: the same time in the process and in statements. */
export function clockOf(now: () => Date): Clock {
  return {
    now,
    get instant() {
      return sql`${now()}::timestamptz`;
    },
    observe() {},
    async refresh() {},
  };
}
