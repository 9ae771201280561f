import { setTimeout as pause } from "node:timers/promises";
import { startWorkerRun, type WorkerRun, type WorkerOptions } from "./workerRun";

/** Milliseconds that stopping waits for the jobs in hand; one that takes longer is left to another worker. */
const stopWithin = 10_000;
const restartAfter = 1_000;

export interface Worker {
  /** Takes no more jobs, and waits for those in hand, at most 10 seconds. */
  stop(): Promise<void>;
}

/**
 * Starts doing background jobs: mail, cancellations, deadlines. Any number of workers may run. A run that ends by
 * itself, because PostgreSQL went away when a job was to be ticked off, is followed by another. Rejects when the
 * first can't start.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { logger } = options.context;
  const stopping = new AbortController();
  const { signal } = stopping;
  let run: WorkerRun = await startWorkerRun(options);

  async function supervise(): Promise<void> {
    let leaving: Promise<unknown> = Promise.resolve();
    for (;;) {
      const cause = await run.ended;
      if (signal.aborted) return void (await leaving);
      logger.error({ cause }, "the worker stopped by itself: starting it again");
      leaving = Promise.all([leaving, run.stop()]); // its jobs in hand go on meanwhile
      await pause(restartAfter, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return void (await leaving);
      run = await startWorkerRun(options).catch((error: unknown) => ({
        ended: Promise.resolve(String(error)),
        stop: () => Promise.resolve(),
      }));
      if (signal.aborted) return void (await Promise.all([leaving, run.stop()]));
    }
  }

  const supervised = supervise();
  return {
    async stop() {
      stopping.abort();
      const stopped = run.stop().then(() => supervised);
      await Promise.race([stopped, pause(stopWithin, undefined, { ref: false })]);
    },
  };
}
