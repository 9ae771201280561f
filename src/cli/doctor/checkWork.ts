import type { DataSource } from "typeorm";
import type { Config } from "../../config";
import { DatabaseClock } from "../../db/clock/databaseClock";
import { readBacklog, readOldestWriter } from "../../db/backlog";
import { failed, ok, warning, type Finding } from "./finding";

/** Seconds that a writing transaction may be old: those of the service end after 10 when nothing happens. */
const longestTransaction = 60;

/** Checks the backlog: the feed, workers, jobs. Needs the tables. */
export async function checkWork(dataSource: DataSource, { sandbox }: Config): Promise<Finding[]> {
  const clock = new DatabaseClock(dataSource, sandbox);
  await clock.refresh();
  const { workers, jobs, mail } = await readBacklog(dataSource.manager, clock.now());
  const failures = jobs.filter((job) => job.failed > 0).map(({ task, failed: count }) => `${count} of ${task}`);
  const lost = "SELECT id, last_error FROM graphile_worker.jobs WHERE attempts >= max_attempts";
  return [
    await checkHoldback(dataSource),
    await checkCounter(dataSource),
    workers > 0
      ? ok(`worker: ${workers} at work`)
      : warning("worker", "none is seen: no mail is sent and nothing falls due", "start changeover worker"),
    mail.held === 0
      ? ok("held email")
      : warning(
          "held email",
          `${mail.held} written more than MAIL_HOLD_HOURS before a worker saw it`,
          "look at changeover mail release --dry-run; changeover mail release sends what still holds",
        ),
    failures.length === 0
      ? ok("jobs")
      : warning(
          "jobs",
          `given up on: ${failures.join(", ")}`,
          `see why (${lost}), mend it, then graphile_worker.reschedule_jobs(ARRAY[ids], attempts => 0)`,
        ),
  ];
}

/** Whether an old transaction keeps the feed from showing what was committed after it began. */
async function checkHoldback(dataSource: DataSource): Promise<Finding> {
  const what = "feed";
  const holder = await readOldestWriter(dataSource.manager);
  if (holder === null || (holder.age !== null && holder.age < longestTransaction)) return ok(what);
  const cure = `${holder.cure}; see that its program commits`;
  if (holder.age !== null) {
    return failed(what, `held back for ${Math.round(holder.age)} s by ${holder.session}, which still writes`, cure);
  }
  return warning(
    what,
    `${holder.session} writes, for how long is not to be seen`,
    "GRANT pg_read_all_stats to this role",
  );
}

/** Whether the log has events of a transaction that this cluster has not come to: it was copied from another. */
async function checkCounter(dataSource: DataSource): Promise<Finding> {
  const what = "event log";
  const [row] = await dataSource.query<{ ahead: boolean }[]>(
    `SELECT coalesce((SELECT max(transaction_id) FROM cocp_events)
       >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint, false) AS ahead`,
  );
  if (!row?.ahead) return ok(what);
  const problem = "its events are of a cluster whose counter of transactions stood higher: feeds hide them";
  return failed(
    what,
    problem,
    'run the counter past the log: docs/operations.md, "Backups", before serve and worker start',
  );
}
