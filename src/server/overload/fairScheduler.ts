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
/** How many times as long the rest is when only those wait who were refused before; and of how many turns they have one otherwise. */
const restsOfRefused = 3;
const turnsToOneOfRefused = 5;

/**
 * Work that strangers can ask for without end takes turns: one piece in a turn of the event loop, and then a rest until the event
 * loop was idle for as long as it was busy, with whatever came of earlier pieces too. So however many ask, what others wait for
 * meets an event loop that is free half of the time; and the pieces have a third of one that is not. Turns go round the keys
 * (addresses): who asks for much waits for itself. Those who were refused something a moment ago have one turn of five together, and
 * come after longer rests when nobody else waits: an honest newcomer does not wait for a crowd that asks again and again.
 */
export interface Turns {
  /**
   * Resolves when it is the key's turn, at once when nobody else waits. What is then done without waiting is the piece. For one that has
   * left meanwhile it resolves too, and takes no turn: there must be nothing left to do. What a key waits for comes in its order.
   */
  next(key: string, hasLeft?: () => boolean): Promise<void>;
  /** How many pieces wait for their turn now, without those who have left. */
  waiting(): TurnsWaiting;
}

export interface TurnsWaiting {
  /** Of those who were refused something a moment ago. */
  readonly refused: number;
  readonly others: number;
}

/** Takes the turn of whoever a request comes from. */
export type TakeTurn = (request: IncomingMessage, hasLeft?: () => boolean) => Promise<void>;

interface Waiting {
  begin(): void;
  hasLeft?: (() => boolean) | undefined;
}

export function createFairTurns(wasRefused: (key: string) => boolean): Turns {
  const waiting = new Map<string, Waiting[]>();
  /** Those who were refused before. */
  const last = new Map<string, Waiting[]>();
  let isTaken = false;
  /** Turns since one of `last` had one. */
  let others = 0;

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
      rest(ended, Math.max(enoughRest, (ended - began) * enoughPerWork));
    });
  }

  function rest(from: number, enough: number): void {
    const times = waiting.size > 0 ? 1 : restsOfRefused;
    const { active, idle } = performance.eventLoopUtilization(since);
    const missing = Math.max(active, pieces * leastWork) * times - idle;
    const left = from + Math.min(enough * times, longestRest) - performance.now();
    const isRested = waiting.size + last.size === 0 || missing <= 0 || left <= 0;
    if (isRested) [since, pieces] = [performance.eventLoopUtilization(), 0];
    if (isRested || missing < unnoticed) return pass();
    setTimeout(rest, Math.min(missing, left, enoughRest), from, enough); // who comes meanwhile may wait for less
  }

  function pass(): void {
    const next = take();
    isTaken = next !== undefined;
    if (next === undefined) return;
    next.begin();
    begin();
  }

  /** The next one who has not left. */
  function take(): Waiting | undefined {
    for (;;) {
      const isTurnOfLast = waiting.size === 0 || (last.size > 0 && others >= turnsToOneOfRefused - 1);
      const queues = isTurnOfLast ? last : waiting;
      const [first] = queues;
      if (first === undefined) return undefined;
      const [key, queue] = first;
      queues.delete(key);
      let next = queue.shift();
      for (; next?.hasLeft?.() === true; next = queue.shift()) next.begin();
      if (queue.length > 0) queues.set(key, queue); // behind the others
      if (next === undefined) continue;
      others = isTurnOfLast ? 0 : others + 1;
      return next;
    }
  }

  /** The key's queue, where it belongs now: all of it, so that nothing overtakes what came before. */
  function queueOf(key: string): Waiting[] {
    const [to, from] = wasRefused(key) ? [last, waiting] : [waiting, last];
    const queue = to.get(key) ?? from.get(key) ?? [];
    from.delete(key);
    to.set(key, queue);
    return queue;
  }

  return {
    next: (key, hasLeft) =>
      new Promise((resolve) => {
        if (isTaken) return void queueOf(key).push({ begin: resolve, hasLeft });
        isTaken = true;
        begin();
        resolve();
      }),
    waiting: () => ({ refused: countIn(last), others: countIn(waiting) }),
  };
}

function countIn(queues: ReadonlyMap<string, readonly Waiting[]>): number {
  let count = 0;
  for (const queue of queues.values()) for (const { hasLeft } of queue) count += hasLeft?.() === true ? 0 : 1;
  return count;
}
