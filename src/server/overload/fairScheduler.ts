import type { IncomingMessage } from "node:http";
import { performance, type EventLoopUtilization } from "node:perf_hooks";

/** Waits for a slot of the address that a request comes from. */
export type WaitForSlot = (request: IncomingMessage, hasLeft?: () => boolean) => Promise<void>;

interface Task {
  start(): void;
  readonly hasLeft: (() => boolean) | undefined;
}

/** Milliseconds of missing idle time that are tolerated. */
const tolerance = 1;
/** Milliseconds of a pause between two checks of the event loop. */
const maxWait = 5;
/** A pause lasts this many times as long as its task, or `maxWait`, while other work keeps the event loop busy. */
const maxPausePerTask = 2;

/**
 * Schedules expensive work from unauthenticated clients: one task, round robin by key (address), then a pause until
 * the event loop was idle for as long as it was busy. So work that was accepted before, such as delivering events,
 * finds a free event loop half of the time. A key that asks for much waits for itself.
 *
 *     task of A │ pause: events, timers, sockets │ task of B │ pause │ … │ next task of A
 */
export class FairScheduler {
  /** Waiting tasks by key. The first key is next, and goes behind the others after its task. */
  readonly #queues = new Map<string, Task[]>();
  #isRunning = false;

  /**
   * Resolves when the key has a slot, at once when nobody waits. The work up to the caller's next `await` is the
   * task. A task whose caller has left resolves without a slot: it must do nothing then.
   */
  wait(key: string, hasLeft?: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isRunning) return this.#enqueue(key, { start: resolve, hasLeft });
      this.#isRunning = true;
      this.#begin();
      resolve();
    });
  }

  /** Number of waiting tasks whose callers have not left. */
  get waiting(): number {
    let count = 0;
    for (const queue of this.#queues.values()) {
      for (const { hasLeft } of queue) if (hasLeft?.() !== true) count += 1;
    }
    return count;
  }

  #enqueue(key: string, task: Task): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [task]);
    else queue.push(task);
  }

  #begin(): void {
    const began = performance.eventLoopUtilization();
    const start = performance.now();
    setImmediate(() => {
      const now = performance.now();
      this.#pause(began, now + Math.max(maxWait, (now - start) * maxPausePerTask));
    });
  }

  /** Starts the next task once the event loop has been idle for as long as it was busy, or at the deadline. */
  #pause(since: EventLoopUtilization, deadline: number): void {
    const { active, idle } = performance.eventLoopUtilization(since);
    const missing = Math.min(active - idle, deadline - performance.now());
    if (this.#queues.size > 0 && missing >= tolerance) {
      setTimeout(() => this.#pause(since, deadline), Math.min(missing, maxWait));
      return;
    }
    const task = this.#takeNext();
    this.#isRunning = task !== undefined;
    if (task === undefined) return;
    task.start();
    this.#begin();
  }

  /** The first task of the next key. Tasks whose callers have left are passed over. */
  #takeNext(): Task | undefined {
    for (const [key, queue] of this.#queues) {
      this.#queues.delete(key);
      let task = queue.shift();
      for (; task?.hasLeft?.() === true; task = queue.shift()) task.start();
      if (queue.length > 0) this.#queues.set(key, queue);
      if (task !== undefined) return task;
    }
    return undefined;
  }
}
