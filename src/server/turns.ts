import type { IncomingMessage } from "node:http";

/**
 * Work that strangers can ask for without end takes turns: one piece in each turn of the event loop, so that what others wait
 * for comes in between, however many ask. Turns go round the keys (addresses, people): who asks for much waits for itself.
 */
export interface Turns {
  /** Resolves when it is the key's turn, at once when nobody else waits. What is then done without waiting is the piece. */
  next(key: string): Promise<void>;
}

/** Takes the turn of whoever a request comes from. */
export type TakeTurn = (request: IncomingMessage) => Promise<void>;

export function createTurns(): Turns {
  const waiting = new Map<string, (() => void)[]>();
  let isTaken = false;

  function pass(): void {
    const [first] = waiting;
    isTaken = first !== undefined;
    if (first === undefined) return;
    const [key, queue] = first;
    waiting.delete(key);
    queue.shift()?.();
    if (queue.length > 0) waiting.set(key, queue); // behind the others
    setImmediate(pass);
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
        setImmediate(pass);
        resolve();
      }),
  };
}
