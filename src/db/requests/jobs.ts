import { sql, type Sql } from "../postgres/sql";

/** Work for the worker, by task name with what it needs. */
export type Job =
  | {
      readonly task: "sendNotification";
      readonly payload: { readonly notificationId: string };
      readonly inBulk: boolean;
    }
  | { readonly task: "finishCancellation"; readonly payload: { readonly recordIds: readonly string[] } };

/**
 * Attempts of a job before graphile-worker gives up: with its growing pauses more than 5 days, so that the task
 * itself decides.
 */
const maxAttempts = 30;

/** Bulk jobs wait while there are others: graphile-worker takes the lowest number first. */
const bulkPriority = 10;

/**
 * Queues the jobs that send notifications, given as rows of `sent` (id, "runAt", position). One that has such a job
 * already gets no second one: its job moves to that time.
 */
export const addingSendJobs = sql`SELECT graphile_worker.add_job('sendNotification',
      json_build_object('notificationId', id), run_at => "runAt", max_attempts => ${maxAttempts}::integer, job_key => id::text)
    FROM (SELECT * FROM sent ORDER BY position) sent`;

/** Queues jobs in the caller's transaction: they exist if, and only if, it commits. */
export function addingJobs(jobs: readonly Job[]): Sql {
  return sql`SELECT graphile_worker.add_job(job.task, job.payload, max_attempts => ${maxAttempts}::integer,
        priority => CASE WHEN job."inBulk" THEN ${bulkPriority}::integer ELSE 0 END)
      FROM json_to_recordset(${JSON.stringify(jobs)}::json) AS job(task text, payload json, "inBulk" boolean)`;
}
