import { extname, join } from "node:path";
import { Piscina } from "piscina";
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

/**
 * Makes forms in a thread, so that they take nothing of the event loop, and a failure is that of one form. The thread
 * starts for the first form, and anew for the next one after a failure. One form at a time.
 */
export class FormThread {
  readonly #options: FormThreadOptions;
  #pool: Piscina | null = null;

  constructor(options: FormThreadOptions = {}) {
    this.#options = options;
  }

  /** Returns the form as a file. Fails when it takes too much memory or time, or the thread is stopped meanwhile. */
  async render(facts: FormFacts): Promise<Buffer> {
    const { patience = 10_000 } = this.#options;
    let limit: AbortSignal | null = null;
    try {
      const pool = this.#open();
      await pool.run(null, { signal: AbortSignal.timeout(startPatience) });
      limit = AbortSignal.timeout(patience);
      const file: Uint8Array<ArrayBuffer> = await pool.run(facts, { signal: limit });
      return Buffer.from(file.buffer, file.byteOffset, file.byteLength);
    } catch (error) {
      await this.stop();
      const why = limit?.aborted ? `it takes more than ${patience / 1_000} s` : String(error);
      throw new Error(`The form of ${facts.requestId} could not be made: ${why}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.destroy();
  }

  #open(): Piscina {
    this.#pool ??= new Piscina({
      filename: join(__dirname, `formWorker${extname(__filename)}`),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      resourceLimits: { maxOldGenerationSizeMb: this.#options.memory ?? 128 },
    });
    return this.#pool;
  }
}
