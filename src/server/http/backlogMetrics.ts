import { Gauge, Registry } from "prom-client";
import { packageVersion } from "../../paths";
import type { Backlog, PoolState, Watch } from "../../services/readiness";
import type { ConnectionRegistry } from "../subscriptions/connectionRegistry";
import type { Turns, TurnsWaiting } from "../overload/fairScheduler";

/**
 * What waits, read when somebody asks for the metrics. The database knows it of all processes, workers included, and every
 * `serve` tells the same: take the maximum over the nodes, not the sum. While it is out of reach these series are missing,
 * rather than old. Gives the function that brings the registry up to date, and answers with what is not in it.
 */
export function showBacklog(
  registry: Registry,
  watch: Watch,
  connections: ConnectionRegistry,
  turns: Turns,
): () => Promise<string> {
  const local = localGauges(registry);
  const sharedRegistry = new Registry();
  const shared = sharedGauges(sharedRegistry);
  local.build.set({ version: packageVersion(), node: process.version }, 1);
  return async () => {
    local.connections.set(connections.count);
    showTurns(local, turns.waiting());
    showPool(local, watch.pool());
    const backlog = await watch.backlog().catch(() => null);
    local.databaseUp.set(backlog === null ? 0 : 1);
    if (backlog === null) return "";
    sharedRegistry.resetMetrics();
    showShared(shared, backlog);
    return await sharedRegistry.metrics();
  };
}

function localGauges(registry: Registry) {
  return {
    build: gauge(registry, "build_info", "The version of this process, as labels.", ["version", "node"]),
    connections: gauge(registry, "connections", "Open sockets and event streams of this node."),
    databaseUp: gauge(registry, "database_up", "1 while the database answers this node."),
    pool: gauge(registry, "database_pool_connections", "Connections of this node's pool, by state.", ["state"]),
    poolMax: gauge(registry, "database_pool_max_connections", "How many there may be (DATABASE_POOL_SIZE)."),
    poolWaiting: gauge(registry, "database_pool_waiting", "Pieces of work that wait for a connection."),
    turns: gauge(
      registry,
      "turns_waiting",
      "New sockets, documents and refusals that wait for their turn, by whether their address was refused before.",
      ["refused"],
    ),
  };
}

function showTurns(local: ReturnType<typeof localGauges>, { refused, others }: TurnsWaiting): void {
  local.turns.set({ refused: "yes" }, refused);
  local.turns.set({ refused: "no" }, others);
}

function showPool(local: ReturnType<typeof localGauges>, pool: PoolState | null): void {
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
    dueJobs: make("jobs_due", "Jobs whose time has come and which no worker has taken."),
    jobLag: make("jobs_lag_seconds", "Seconds since the time of the oldest such job came."),
    failedJobs: make("jobs_failed", "Jobs that were given up on and are kept."),
    jobsBy: make("jobs", "Jobs by task and state.", ["task", "state"]),
    jobLagBy: make("job_lag_seconds", "Seconds since the time of the oldest due job of a task came.", ["task"]),
    queuedMail: make("notifications_queued", "Notifications that wait to be sent."),
    heldMail: make("notifications_held", "Those of them that wait for `changeover mail release`."),
    mailLag: make("notifications_lag_seconds", "Age of the oldest notification that waits to be sent and is not held."),
    recentMail: make("notifications_recent", "Notifications written in the last four days, by state.", ["state"]),
    dueRecords: make("records_due", "Records whose time has come and which are not settled yet."),
    dueRecordsLag: make("records_due_lag_seconds", "Seconds since the time of the first such record came."),
    workers: make("workers", "Workers that show a sign of life."),
  };
}

const mailStates = ["QUEUED", "SENT", "FAILED", "SUPPRESSED"] as const;

function showShared(shared: ReturnType<typeof sharedGauges>, { feed, jobs, mail, dueRecords, workers }: Backlog): void {
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
