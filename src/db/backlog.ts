import type { EntityManager } from "typeorm";
import { select, sql } from "./query";

/** What waits in the database, and for how long. */
export interface Backlog {
  /** Seconds since the oldest transaction began that may still append to the log: what commits later waits behind it. */
  readonly feedLag: number;
  /** Jobs whose time has come, and seconds since the first one's came. */
  readonly dueJobs: number;
  readonly jobLag: number;
  readonly queuedNotifications: number;
}

export async function readBacklog(manager: EntityManager): Promise<Backlog> {
  const [row] = await select<Backlog>(
    manager,
    sql`SELECT
        (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8 FROM pg_stat_activity
          WHERE datname = current_database() AND backend_xid IS NOT NULL) AS "feedLag",
        (SELECT count(*)::integer FROM cocp_notifications WHERE state = 'QUEUED') AS "queuedNotifications",
        jobs.due AS "dueJobs", jobs.lag AS "jobLag"
      FROM (SELECT count(*)::integer AS due,
          coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8 AS lag
        FROM graphile_worker.jobs WHERE run_at <= now() AND attempts < max_attempts) jobs`,
  );
  return row ?? { feedLag: 0, dueJobs: 0, jobLag: 0, queuedNotifications: 0 };
}
