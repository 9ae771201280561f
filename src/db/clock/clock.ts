import type { Sql } from "sql-template-tag";
import type { EntityManager } from "typeorm";

/** The service's clock: the database's, plus the offset of a sandbox. Every rule reads the time from here. */
export interface Clock {
  /**
   * The latest reading, and the time that this process has measured since. For reads, and for what no statement can
   * read.
   */
  now(): Date;
  /** The same clock as an SQL expression. A decision reads it in its transaction, after the locks. */
  readonly instant: Sql;
  /** Takes over a reading of `instant` by a statement that was sent at `sentAt`, by performance.now(). */
  observe(reading: Date, sentAt: number): void;
  /**
   * Reads the clock when the latest reading may be outdated: at the start of each event and job. A request reads it
   * with its viewer.
   */
  refresh(manager?: EntityManager): Promise<void>;
}
