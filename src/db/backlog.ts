import type { EntityManager } from "typeorm";
import type { CocpNotificationState } from "../domain/model";
import { feedHorizon } from "./feed/eventLog";
import { advisoryLocks } from "./postgres/advisoryLocks";
import { select, sql } from "./postgres/sql";
import { readDueRecords } from "./requests/records";

/** The backlog in the database. Durations are in seconds, 0 without a backlog. */
export interface Backlog {
  readonly feed: FeedBacklog;
  readonly jobs: readonly JobBacklog[];
  readonly mail: MailBacklog;
  /** Records whose time has come and which the sweep has not settled yet. */
  readonly dueRecords: { readonly count: number; readonly lag: number };
  /** Workers with a heartbeat. */
  readonly workers: number;
}

export interface FeedBacklog {
  /** Committed events that no reader is given yet, because an older transaction still writes: counted up to 10,000. */
  readonly heldBack: number;
  /** How long the first of them has been waiting, at most. */
  readonly lag: number;
  /** Age of the oldest transaction of the whole cluster that may still write: what commits after it waits for it. */
  readonly holdback: number;
}

/** A transaction that may still write. */
export interface Writer {
  /** Seconds; null: not to be seen by this role. */
  readonly age: number | null;
  /** A description of the session. */
  readonly session: string;
  /** How to end it, in words. */
  readonly cure: string;
}

/** The backlog of one task. */
export interface JobBacklog {
  readonly task: string;
  /** Jobs that are due and not taken. */
  readonly due: number;
  /** Since the time of the first of these came. */
  readonly lag: number;
  readonly running: number;
  /** Failed at least once, and to be tried again. */
  readonly retrying: number;
  /** Given up on. */
  readonly failed: number;
}

export interface MailBacklog {
  readonly queued: number;
  /** Notifications that wait for `changeover mail release`. */
  readonly held: number;
  /** Age of the oldest that waits to be sent and is not held, by the real clock. */
  readonly lag: number;
  /**
   * Notifications written in the last four days, by state: one that is given up on after three is counted for a day
   * more.
   */
  readonly recent: Readonly<Partial<Record<CocpNotificationState, number>>>;
}

/** `now` is the service's time, by which records and notifications are dated. */
export async function readBacklog(manager: EntityManager, now: Date): Promise<Backlog> {
  return {
    feed: await readFeedBacklog(manager, now),
    jobs: await readJobBacklog(manager),
    mail: await readMailBacklog(manager, now),
    dueRecords: await readDueRecords(manager, now),
    workers: await countWorkers(manager),
  };
}

/** A session of another role shows its transaction id, but when it began only to members of pg_read_all_stats. */
const oldestWriter = sql`SELECT extract(epoch FROM clock_timestamp() - since)::float8 AS age, session, cure FROM (
    SELECT backend_xid AS xid, xact_start AS since,
      format('session %s of %s (%s, database %s, %s)', pid, usename, application_name, datname, state) AS session,
      format('end it: SELECT pg_terminate_backend(%s)', pid) AS cure
    FROM pg_stat_activity WHERE backend_xid IS NOT NULL
    UNION ALL SELECT transaction, prepared, format('prepared transaction %L of database %s', gid, database),
      format('end it in that database: ROLLBACK PREPARED %L, or COMMIT PREPARED', gid) FROM pg_prepared_xacts
  ) writers ORDER BY age(xid) DESC LIMIT 1`;

/** The oldest transaction of the cluster that may still write, or null. */
export async function readOldestWriter(manager: EntityManager): Promise<Writer | null> {
  return (await select<Writer>(manager, oldestWriter))[0] ?? null;
}

export async function readFeedBacklog(manager: EntityManager, now: Date): Promise<FeedBacklog> {
  const [row] = await select<FeedBacklog>(
    manager,
    sql`SELECT held.count AS "heldBack", writer.age AS holdback,
        CASE WHEN held.count = 0 THEN 0
          ELSE greatest(0, least(writer.age, extract(epoch FROM ${now}::timestamptz - held.first)))::float8 END AS lag
      FROM (SELECT count(*)::integer AS count, min(occurred_at) AS first FROM (
          SELECT occurred_at FROM cocp_events
          WHERE transaction_id >= ${feedHorizon}
          ORDER BY transaction_id, position LIMIT 10000) events) held,
        (SELECT (SELECT age FROM (${oldestWriter}) oldest) AS age) writer`,
  );
  return { heldBack: row?.heldBack ?? 0, lag: row?.lag ?? 0, holdback: Math.max(0, row?.holdback ?? 0) };
}

async function readJobBacklog(manager: EntityManager): Promise<JobBacklog[]> {
  return await select<JobBacklog>(
    manager,
    sql`SELECT task_identifier AS task,
        count(*) FILTER (WHERE due)::integer AS due,
        coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE due)), 0)::float8 AS lag,
        count(*) FILTER (WHERE locked_at IS NOT NULL)::integer AS running,
        count(*) FILTER (WHERE attempts > 0 AND attempts < max_attempts AND locked_at IS NULL)::integer AS retrying,
        count(*) FILTER (WHERE attempts >= max_attempts AND locked_at IS NULL)::integer AS failed
      FROM (SELECT *, run_at <= now() AND attempts < max_attempts AND locked_at IS NULL AS due
        FROM graphile_worker.jobs) jobs GROUP BY task_identifier`,
  );
}

async function readMailBacklog(manager: EntityManager, now: Date): Promise<MailBacklog> {
  const [queue] = await select<{ queued: number; held: number; lag: number }>(
    manager,
    sql`SELECT count(*)::integer AS queued, count(held_at)::integer AS held,
        greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(written_at) FILTER (WHERE held_at IS NULL)), 0))
          ::float8 AS lag
      FROM cocp_notifications WHERE state = 'QUEUED'`,
  );
  const states = await select<{ state: CocpNotificationState; count: number }>(
    manager,
    sql`SELECT state, count(*)::integer AS count FROM cocp_notifications
      WHERE created_at > ${now}::timestamptz - interval '4 days' GROUP BY state`,
  );
  const recent = Object.fromEntries(states.map(({ state, count }) => [state, count]));
  return { queued: queue?.queued ?? 0, held: queue?.held ?? 0, lag: queue?.lag ?? 0, recent };
}

async function countWorkers(manager: EntityManager): Promise<number> {
  const [row] = await select<{ count: number }>(
    manager,
    sql`SELECT count(DISTINCT l.objid)::integer AS count FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
        AND l.classid = ${advisoryLocks.worker}::integer::oid`,
  );
  return row?.count ?? 0;
}
