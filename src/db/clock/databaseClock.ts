import type { DataSource, EntityManager } from "typeorm";
import type { Clock } from "./clock";
import { select, sql } from "../postgres/sql";

/** Milliseconds after which a reading is outdated: longer than a statement of a request may take. */
const readingLasts = 10_000;

const realTime = sql`date_trunc('milliseconds', clock_timestamp())`;
/** The service's time as an expression: the database's clock plus the sandbox offset, which is 0 elsewhere. */
export const sandboxTime = sql`date_trunc('milliseconds', clock_timestamp()
  + coalesce((SELECT max(offset_ms) FROM sandbox_clock), 0) * interval '1 millisecond')`;

/**
 * The database's clock, so that all processes store and compare the same time whatever their hosts' clocks say.
 * Between two readings it goes on by the process's monotonic clock, which nobody sets. It is late by the way of a
 * reading, never early. Without a reading there is no time: call `refresh` before the first `now`, which throws
 * otherwise.
 */
export class DatabaseClock implements Clock {
  readonly instant;
  readonly #dataSource: DataSource;
  readonly #isSandbox: boolean;
  #reading: { readonly time: number; readonly at: number; readonly sentAt: number } | null = null;

  constructor(dataSource: DataSource, isSandbox: boolean) {
    this.#dataSource = dataSource;
    this.#isSandbox = isSandbox;
    this.instant = isSandbox ? sandboxTime : realTime;
  }

  now(): Date {
    if (this.#reading === null) throw new Error("The database's clock was not read yet");
    return new Date(this.#reading.time + Math.floor(performance.now() - this.#reading.at));
  }

  /**
   * Statements overtake each other, so one that was sent earlier than the latest reading does not count. A reading
   * that is seconds behind was slow on its way. One that is further behind shows that the clock was set back.
   */
  observe(reading: Date, sentAt: number): void {
    const time = reading.getTime();
    if (this.#reading !== null) {
      if (sentAt < this.#reading.sentAt) return;
      const behind = this.now().getTime() - time;
      if (behind > 0 && behind < readingLasts && !this.#isOutdated()) return;
    }
    this.#reading = { time, at: performance.now(), sentAt };
  }

  /** In a sandbox the clock may have been moved at any time; elsewhere a reading is good for ten seconds. */
  async refresh(manager: EntityManager = this.#dataSource.manager): Promise<void> {
    if (!this.#isSandbox && !this.#isOutdated()) return;
    const sentAt = performance.now();
    const [row] = await select<{ now: Date }>(manager, sql`SELECT ${this.instant} AS now`);
    if (row !== undefined) this.observe(row.now, sentAt);
  }

  #isOutdated(): boolean {
    return this.#reading === null || performance.now() - this.#reading.at >= readingLasts;
  }
}
