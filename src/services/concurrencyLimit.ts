import { UnavailableError } from "./unavailable";
import { RateLimitedError } from "./rateLimits";

export interface ConcurrencyLimitOptions {
  /** Tasks that run at once. */
  readonly max: number;
  /** Tasks of one key that run at once; `max` if absent. */
  readonly maxPerKey?: number;
  /** Tasks that wait; any number if absent. */
  readonly maxWaiting?: number;
  /** Tasks of one key that wait; any number if absent. */
  readonly maxWaitingPerKey?: number;
}

interface WaitingTask {
  readonly start: () => void;
  readonly reject: (error: Error) => void;
}

interface Lane {
  running: number;
  readonly waiting: WaitingTask[];
}

/** Seconds after which a caller may try again whose key has too many tasks waiting. */
const retryAfter = 5;

/**
 * Concurrency limiter: at most `max` tasks in total and `maxPerKey` per key. Waiting tasks are scheduled round robin
 * by key, and first in, first out within a key. So a key with many tasks delays another key by one task.
 */
export class ConcurrencyLimit {
  readonly #options: ConcurrencyLimitOptions;
  /** By key, the least recently served first. A lane without tasks is deleted. */
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  #waiting = 0;
  #isStopped = false;

  constructor(options: ConcurrencyLimitOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` when a slot is free, and returns its result. Throws RateLimitedError when too many tasks of `key`
   * wait, and UnavailableError when too many tasks wait in total or the limiter has stopped.
   */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#mayStart(this.#lanes.get(key))) this.#start(key);
    else await this.#wait(key);
    try {
      return await work();
    } finally {
      this.#end(key);
    }
  }

  /** Rejects waiting and later tasks with UnavailableError. Running tasks go on. */
  stop(): void {
    this.#isStopped = true;
    for (const { waiting } of this.#lanes.values()) {
      for (const { reject } of waiting.splice(0)) reject(new UnavailableError("The service is stopping"));
    }
    this.#waiting = 0;
  }

  #mayStart(lane: Lane | undefined): boolean {
    const { max, maxPerKey = max } = this.#options;
    return !this.#isStopped && this.#running < max && (lane?.running ?? 0) < maxPerKey;
  }

  #laneOf(key: string): Lane {
    const lane = this.#lanes.get(key) ?? { running: 0, waiting: [] };
    this.#lanes.set(key, lane);
    return lane;
  }

  #start(key: string): void {
    this.#laneOf(key).running += 1;
    this.#running += 1;
  }

  async #wait(key: string): Promise<void> {
    const { maxWaiting = Infinity, maxWaitingPerKey = Infinity } = this.#options;
    if (this.#isStopped) throw new UnavailableError("The service is stopping");
    if ((this.#lanes.get(key)?.waiting.length ?? 0) >= maxWaitingPerKey) {
      throw new RateLimitedError("Too many of your requests are waiting.", retryAfter);
    }
    if (this.#waiting >= maxWaiting) throw new UnavailableError("Too many tasks are waiting");
    this.#waiting += 1;
    await new Promise<void>((start, reject) => this.#laneOf(key).waiting.push({ start, reject }));
  }

  #end(key: string): void {
    const lane = this.#laneOf(key);
    lane.running -= 1;
    this.#running -= 1;
    if (lane.running === 0 && lane.waiting.length === 0) this.#lanes.delete(key);
    this.#startNext();
  }

  /** Starts one waiting task: the end of a task makes room for one. */
  #startNext(): void {
    for (const [key, lane] of this.#lanes) {
      if (!this.#mayStart(lane)) continue;
      const task = lane.waiting.shift();
      if (task === undefined) continue;
      this.#waiting -= 1;
      this.#lanes.delete(key);
      this.#lanes.set(key, lane); // last in the order of the map
      this.#start(key);
      task.start();
      return;
    }
  }
}
