import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { parseCronItems, run, type WorkerEvents } from "graphile-worker";
import { DatabasePool } from "../db/postgres/databasePool";
import { workerLogger, type Logger } from "../logger";
import type { MailTransport } from "../services/notifications/sendNotification";
import type { ServiceContext } from "../services/serviceContext";
import { noTracing, type Tracing } from "../tracing/tracing";
import { startPresence } from "./presence";
import { createTaskList } from "./taskList";

export interface WorkerOptions {
  readonly databaseUrl: string;
  readonly context: ServiceContext;
  readonly mail: MailTransport;
  /** Off if absent. */
  readonly tracing?: Tracing;
  /** Jobs at the same time; 4 if absent. */
  readonly concurrency?: number;
}

/** One run of graphile-worker, with its connections. */
export interface WorkerRun {
  /** Resolves with the cause when the run takes no more jobs. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends the run, if it goes on, and what it holds. Never rejects. */
  stop(): Promise<void>;
}

/** Milliseconds that the end of a run waits for its jobs in hand, and then for its connections. */
const stopWithin = 10_000;

/**
 * Deadlines are settled every minute; reads do not wait for it. The sweep has a queue of its own: when it takes
 * longer than a minute, the next one waits, and does not take a slot of the email jobs.
 */
const crontab = parseCronItems([
  {
    task: "settleDue",
    match: "* * * * *",
    options: { maxAttempts: 1, jobKey: "settleDue", queueName: "settleDue" },
  },
]);

/** Starts one run. Rejects when the database can't be reached. */
export async function startWorkerRun({
  databaseUrl,
  context,
  mail,
  tracing = noTracing,
  concurrency = 4,
}: WorkerOptions): Promise<WorkerRun> {
  const { logger } = context;
  const pool = createPool(databaseUrl, concurrency, logger);
  const events: WorkerEvents = new EventEmitter();
  const workerId = new Promise<string>((resolve) => {
    events.once("pool:create", ({ workerPool }) => resolve(workerPool.id));
  });
  // Once it could not tick a job off, graphile-worker takes no more; its own end may never come.
  const failed = new Promise<string>((resolve) => {
    events.once("pool:fatalError", ({ error }) => resolve(String(error)));
  });
  const stopping = new AbortController();
  const presence = workerId.then((id) => startPresence(databaseUrl, id, logger));
  try {
    const runner = await run({
      pgPool: pool,
      taskList: createTaskList(context, mail, tracing),
      parsedCronItems: crontab,
      concurrency,
      pollInterval: 1_000,
      noHandleSignals: true,
      logger: workerLogger(logger),
      events,
      // Called before each look for a job: without a heartbeat, no job is taken.
      forbiddenFlags: async () => {
        await (await presence).shown(stopping.signal);
        return null;
      },
      // In batches of one moment: without a batch, graphile-worker leaves a failure to tick a job off unhandled.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
    return {
      ended: Promise.race([failed, runner.promise.then(() => "stopped", String)]),
      async stop() {
        stopping.abort();
        await briefly(runner.stop().catch(() => undefined)); // it has ended already
        await (await presence).stop(); // not before the last job is done: others would take it for abandoned
        if (!pool.ending) await briefly(pool.end());
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function createPool(connectionString: string, concurrency: number, logger: Logger): DatabasePool {
  const pool = new DatabasePool({
    connectionString,
    application_name: "changeover worker",
    max: concurrency + 2,
    connectionTimeoutMillis: 5_000,
  });
  pool.on("error", () => undefined); // each connection reports its own error
  pool.on("connect", (client) => {
    client.on("error", ({ message }) => {
      if (!pool.ending) logger.warn({ error: message }, "a worker's database connection was lost");
    });
  });
  return pool;
}

/** Waits for something that may hang when its connections were lost, but not for ever. */
async function briefly(work: Promise<unknown>): Promise<void> {
  await Promise.race([work, pause(stopWithin, undefined, { ref: false })]);
}
