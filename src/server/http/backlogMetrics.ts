import { Gauge, Registry } from "prom-client";
import { packageVersion } from "../../paths";
import type { Backlog, PoolState, Watch } from "../../services/readiness";
import type { ConnectionRegistry } from "../subscriptions/connectionRegistry";
import type { FairScheduler } from "../overload/fairScheduler";

/**
 * The backlog, read at each request for the metrics. Series of the database are the same on every node: take their
 * maximum, not their sum. They are absent while the database is unreachable. Returns a function that updates the
 * registry and returns the series of the database.
 */
export function createBacklogMetrics(
  registry: Registry,
  watch: Watch,
  connections: ConnectionRegistry,
  scheduler: FairScheduler,
): () => Promise<string> {
  const local = localGauges(registry);
  const sharedRegistry = new Registry();
  const shared = sharedGauges(sharedRegistry);
  local.build.set({ version: packageVersion(), node: process.version }, 1);
  return async () => {
    local.connections.set(connections.count);
    local.tasksWaiting.set(scheduler.waiting);
    setPool(local, watch.pool());
    const backlog = await watch.backlog().catch(() => null);
    local.databaseUp.set(backlog === null ? 0 : 1);
    if (backlog === null) return "";
    sharedRegistry.resetMetrics();
    setShared(shared, backlog);
    return await sharedRegistry.metrics();
  };
}

function localGauges(registry: Registry) {
  return {
    build: gauge(registry, "build_info", "The version of this process, as labels.", ["version", "node"]),
    connections: gauge(registry, "connections", "Open sockets and event streams of this node."),
    databaseUp: gauge(registry, "database_up", "1 while the database answers this node."),
    pool: gauge(registry, "database_pool_connections", "Connections of this node's pool, by state.", ["state"]),
    poolMax: gauge(registry, "database_pool_max_connections", "Maximum of connections (DATABASE_POOL_SIZE)."),
    poolWaiting: gauge(registry, "database_pool_waiting", "Tasks that wait for a connection."),
    tasksWaiting: gauge(registry, "tasks_waiting", "New sockets, documents and rejections that wait for a slot."),
  };
}

function setPool(local: ReturnType<typeof localGauges>, pool: PoolState | null): void {
  if (pool === null) return;
  local.pool.set({ state: "in_use" }, pool.inUse);
  local.pool.set({ state: "idle" }, pool.idle);
  local.poolMax.set(pool.max);
  local.poolWaiting.set(pool.waiting);
}

function sharedGauges(registry: Registry) {
  const make = (name: string, help: string, labels?: string[]) => gauge(registry, name, help, labels);
  return {
    feedLag: make("feed_lag_seconds", "How long the oldest committed event waits that no feed may show yet, at most."),
    feedHeldBack: make("feed_held_back_events", "Committed events that no feed may show yet; counted up to 10,000."),
    feedHoldback: make(
      "feed_holdback_seconds",
      "Age of the oldest writing transaction of the cluster, behind which feeds wait.",
    ),
    dueJobs: make("jobs_due", "Jobs that are due and not taken by a worker."),
    jobLag: make("jobs_lag_seconds", "Seconds since the oldest such job was due."),
    failedJobs: make("jobs_failed", "Jobs that failed for the last time."),
    jobsBy: make("jobs", "Jobs by task and state.", ["task", "state"]),
    jobLagBy: make("job_lag_seconds", "Seconds since the oldest due job of a task was due.", ["task"]),
    queuedMail: make("notifications_queued", "Notifications that wait to be sent."),
    heldMail: make("notifications_held", "Notifications that wait for `changeover mail release`."),
    mailLag: make("notifications_lag_seconds", "Age of the oldest notification that waits to be sent and is not held."),
    recentMail: make("notifications_recent", "Notifications written in the last four days, by state.", ["state"]),
    dueRecords: make("records_due", "Records with a passed deadline that is not written yet."),
    dueRecordsLag: make("records_due_lag_seconds", "Seconds since the first such deadline."),
    workers: make("workers", "Workers with a heartbeat."),
  };
}

const mailStates = ["QUEUED", "SENT", "FAILED", "SUPPRESSED"] as const;

function setShared(shared: ReturnType<typeof sharedGauges>, { feed, jobs, mail, dueRecords, workers }: Backlog): void {
  shared.feedLag.set(feed.lag);
  shared.feedHeldBack.set(feed.heldBack);
  shared.feedHoldback.set(feed.holdback);
  shared.dueJobs.set(jobs.reduce((sum, { due }) => sum + due, 0));
  shared.jobLag.set(Math.max(0, ...jobs.map(({ lag }) => lag)));
  shared.failedJobs.set(jobs.reduce((sum, { failed }) => sum + failed, 0));
  for (const { task, lag, ...states } of jobs) {
    shared.jobLagBy.set({ task }, lag);
    for (const [state, count] of Object.entries(states)) shared.jobsBy.set({ task, state }, count);
  }
  shared.queuedMail.set(mail.queued);
  shared.heldMail.set(mail.held);
  shared.mailLag.set(mail.lag);
  for (const state of mailStates) shared.recentMail.set({ state }, mail.recent[state] ?? 0);
  shared.dueRecords.set(dueRecords.count);
  shared.dueRecordsLag.set(dueRecords.lag);
  shared.workers.set(workers);
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[] = []) {
  return new Gauge({ name: `changeover_${name}`, help, labelNames, registers: [registry] });
}
