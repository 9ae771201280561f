import { once } from "node:events";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FormFacts } from "./formFacts";

export interface FormThreadOptions {
  /** Megabytes of objects that the thread may have. The largest form of a request, twenty long names, gets by with 32. */
  readonly memory?: number;
  /** Milliseconds that a form may take. The largest takes 100, the first of a thread 300 more. */
  readonly patience?: number;
}

/**
 * A thread of its own for making forms: it takes nothing of the event loop, and what goes wrong in it is not more than a form
 * that could not be made. Started for the first form, and anew for the next after one that failed. One form at a time.
 */
export class FormThread {
  readonly #options: Required<FormThreadOptions>;
  #worker: Worker | null = null;

  constructor({ memory = 128, patience = 10_000 }: FormThreadOptions = {}) {
    this.#options = { memory, patience };
  }

  /** The form as a file. Fails when it takes too much memory or time. */
  async render(facts: FormFacts): Promise<Buffer> {
    const { patience } = this.#options;
    const worker = (this.#worker ??= this.#start());
    const signal = AbortSignal.timeout(patience);
    try {
      worker.postMessage(facts);
      const [file] = (await once(worker, "message", { signal })) as [Uint8Array<ArrayBuffer>];
      return Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    } catch (error) {
      await this.stop();
      const why = signal.aborted ? `it takes more than ${patience / 1_000} s` : String(error);
      throw new Error(`The form of ${facts.requestId} could not be made: ${why}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const file = join(__dirname, `formWorker${extname(__filename)}`);
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: this.#options.memory } });
    worker.unref();
    worker.on("error", () => {}); // told to whoever waits for a form
    worker.once("exit", () => {
      if (this.#worker === worker) this.#worker = null;
    });
    return worker;
  }
}
