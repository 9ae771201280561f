import type { Clock } from "../../src/db/clock";
import { sql } from "../../src/db/query";

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
