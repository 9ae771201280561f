import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../logger";
import { advisoryLocks } from "../db/postgres/advisoryLocks";
import { DatabaseClient } from "../db/postgres/databaseClient";

/** Milliseconds between two looks for abandoned jobs. A dead worker's jobs are freed at the second look. */
const lookEvery = 3_000;
const reconnectAfter = 500;
/**
 * Lets the server notice within half a minute that a whole machine is gone; a process that dies ends its session
 * itself.
 */
const keepalive = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/** A worker's heartbeat, and the supervision of other workers. */
export interface Presence {
  /** Resolves once the heartbeat is visible, or when the signal is aborted. Never rejects. */
  shown(until: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Shows that a worker lives: holds an advisory lock named for it on a connection of its own, which the server releases
 * when the process dies, however it dies. Frees jobs of workers without one, which would stay locked for four hours.
 * `workerId` is what graphile-worker writes into a job's locked_by. Reconnects by itself.
 */
export function startPresence(databaseUrl: string, workerId: string, logger: Logger): Presence {
  const stopping = new AbortController();
  const { signal } = stopping;
  const signs = new EventEmitter();
  let isShown = false;

  async function show(): Promise<void> {
    while (!signal.aborted) {
      const lost = new AbortController();
      const client = new DatabaseClient({
        connectionString: databaseUrl,
        application_name: "changeover worker presence",
        connectionTimeoutMillis: 5_000,
      });
      client.on("error", (error) => lost.abort(error));
      try {
        await client.connect();
        await client.query(keepalive);
        await client.query("SELECT pg_advisory_lock_shared($1, hashtext($2))", [advisoryLocks.worker, workerId]);
        isShown = true;
        signs.emit("shown");
        await freeAbandonedJobs(client, AbortSignal.any([signal, lost.signal]), logger);
        lost.signal.throwIfAborted();
      } catch (error) {
        const level = isShown ? "warn" : "debug"; // once, not at each attempt to reconnect
        logger[level]({ cause: String(error) }, "no sign of life can be shown: the worker takes no jobs until it can");
      }
      isShown = false;
      await client.end().catch(() => undefined);
      await pause(reconnectAfter, undefined, { signal }).catch(() => undefined);
    }
  }

  const done = show();
  return {
    async shown(until) {
      if (!isShown) await once(signs, "shown", { signal: until }).catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/**
 * Looks now and then, until the signal, and frees what was abandoned at two looks in a row: after a restart of
 * PostgreSQL all signs of life are gone for a moment.
 */
async function freeAbandonedJobs(client: DatabaseClient, signal: AbortSignal, logger: Logger): Promise<void> {
  let suspects: readonly string[] = [];
  while (!signal.aborted) {
    const missing = await missingWorkers(client);
    const dead = missing.filter((id) => suspects.includes(id));
    if (dead.length > 0) {
      await client.query("SELECT graphile_worker.force_unlock_workers($1)", [dead]);
      logger.warn({ workers: dead }, "freed the jobs of workers that are gone");
    }
    suspects = missing;
    await pause(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}

/** Workers that hold jobs and have no heartbeat. */
async function missingWorkers(client: DatabaseClient): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT DISTINCT locked_by AS id FROM graphile_worker.jobs WHERE locked_by IS NOT NULL AND NOT EXISTS (
       SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
       WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
         AND l.classid = $1::oid AND l.objid = hashtext(locked_by)::oid)`,
    [advisoryLocks.worker],
  );
  return rows.map(({ id }) => id);
}
