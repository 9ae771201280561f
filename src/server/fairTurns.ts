import type { IncomingMessage } from "node:http";

/** Milliseconds that a turn may take and the next one not wait. */
const unnoticed = 0.5;
/** While others wait, as many times as long as a turn took the event loop is left to what takes no turns. */
const restPerWork = 2;
/** Milliseconds of rest at most: the event loop may have been held up by something else. */
const longestRest = 50;

/**
 * Work that strangers can ask for without end takes turns: one piece in a turn of the event loop, and then a rest in which what
 * others wait for is done, so that all of it together has a third of the time however many ask. Turns go round the keys
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

  /** Ends a turn in the next turn of the event loop, when its piece is done. */
  function begin(): void {
    const began = performance.now();
    setImmediate(() => {
      const rest = Math.min((performance.now() - began) * restPerWork, longestRest);
      if (waiting.size > 0 && rest > unnoticed * restPerWork) setTimeout(pass, rest);
      else pass();
    });
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
