import { once } from "node:events";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FormFacts } from "./formFacts";

export interface FormThreadOptions {
  /**
   * Megabytes of objects that the thread may have, 128 if absent. The largest form of a request, twenty long names,
   * gets by with 32.
   */
  readonly memory?: number;
  /**
   * Milliseconds that a form may take, 10,000 if absent; the start of the thread does not count. The largest takes
   * 100.
   */
  readonly patience?: number;
}

/** Milliseconds that the start of a thread may take. It takes 300. */
const startPatience = 60_000;

interface RunningThread {
  readonly worker: Worker;
  /** Aborted when the thread has ended: nobody waits for a message of it any longer. */
  readonly ended: AbortSignal;
}

/**
 * A thread of its own for making forms: it takes nothing of the event loop, and what goes wrong in it is not more
 * than a form that could not be made. Started for the first form, and anew for the next after one that failed. One
 * form at a time.
 */
export class FormThread {
  readonly #options: FormThreadOptions;
  #thread: RunningThread | null = null;

  constructor(options: FormThreadOptions = {}) {
    this.#options = options;
  }

  /** Returns the form as a file. Fails when it takes too much memory or time, or the thread is stopped meanwhile. */
  async render(facts: FormFacts): Promise<Buffer> {
    const { patience = 10_000 } = this.#options;
    let limit: AbortSignal | null = null;
    try {
      const { worker, ended } = this.#thread ?? (await this.#start());
      worker.postMessage(facts);
      limit = AbortSignal.timeout(patience);
      const signal = AbortSignal.any([ended, limit]);
      const [file] = (await once(worker, "message", { signal })) as [Uint8Array<ArrayBuffer>];
      return Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    } catch (error) {
      await this.stop();
      const why = limit?.aborted ? `it takes more than ${patience / 1_000} s` : String(error);
      throw new Error(`The form of ${facts.requestId} could not be made: ${why}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.worker.terminate();
  }

  /** Starts the thread, and waits until it has loaded what it needs. */
  async #start(): Promise<RunningThread> {
    const { memory = 128 } = this.#options;
    const file = join(__dirname, `formWorker${extname(__filename)}`);
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: memory } });
    const end = new AbortController();
    const thread = { worker, ended: end.signal };
    this.#thread = thread;
    worker.unref();
    worker.on("error", () => {}); // reported to the caller that waits for a form
    worker.once("exit", () => {
      end.abort();
      if (this.#thread === thread) this.#thread = null;
    });
    await once(worker, "message", { signal: AbortSignal.any([end.signal, AbortSignal.timeout(startPatience)]) });
    return thread;
  }
}
