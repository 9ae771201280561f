import { performance } from "node:perf_hooks";
import type { IncomingMessage } from "node:http";

/** Milliseconds of rest that may be missing and the next one not wait. */
const unnoticed = 2;
/** Milliseconds that a piece counts at least: what comes of it may take longer than itself. */
const leastWork = 0.5;
/** Milliseconds of rest at most when something else keeps the event loop busy: so long, or so many times as long as the piece took. */
const enoughRest = 5;
const enoughPerWork = 2;
const longestRest = 50;

/**
 * Work that strangers can ask for without end takes turns: one piece in a turn of the event loop, and then a rest until the event
 * loop was idle for as long as it was busy, with whatever came of earlier pieces too. So however many ask, what others wait for
 * meets an event loop that is free half of the time; and the pieces have a third of one that is not. Turns go round the keys
 * (addresses): who asks for much waits for itself.
 */
export interface Turns {
  /** Resolves when it is the key's turn, at once when nobody else waits. What is then done without waiting is the piece. */
  next(key: string): Promise<void>;
}

/** Takes the turn of whoever a request comes from. */
export type TakeTurn = (request: IncomingMessage) => Promise<void>;

export function createFairTurns(): Turns {
  const waiting = new Map<string, (() => void)[]>();
  let isTaken = false;

  /** Since when busy and idle times are compared: since the last time that no rest was missing. */
  let since = performance.eventLoopUtilization();
  /** Pieces begun since then. */
  let pieces = 0;

  /** Ends a turn in the next turn of the event loop, when its piece is done. */
  function begin(): void {
    pieces += 1;
    const began = performance.now();
    setImmediate(() => {
      const ended = performance.now();
      rest(ended + Math.min(Math.max(enoughRest, (ended - began) * enoughPerWork), longestRest));
    });
  }

  function rest(until: number): void {
    const { active, idle } = performance.eventLoopUtilization(since);
    const missing = Math.max(active, pieces * leastWork) - idle;
    const left = until - performance.now();
    const isRested = waiting.size === 0 || missing <= 0 || left <= 0;
    if (isRested) [since, pieces] = [performance.eventLoopUtilization(), 0];
    if (isRested || missing < unnoticed) return pass();
    setTimeout(rest, Math.min(missing, left), until);
  }

  function pass(): void {
    const [first] = waiting;
    isTaken = first !== undefined;
    if (first === undefined) return;
    const [key, queue] = first;
    waiting.delete(key);
    queue.shift()?.();
    if (queue.length > 0) waiting.set(key, queue); // behind the others
    begin();
  }

  return {
    next: (key) =>
      new Promise((resolve) => {
        if (isTaken) {
          const queue = waiting.get(key);
          if (queue === undefined) waiting.set(key, [resolve]);
          else queue.push(resolve);
          return;
        }
        isTaken = true;
        begin();
        resolve();
      }),
  };
}
