import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const batchSize = 100;
/** Milliseconds. */
const batchPause = 50;
/** Seconds: the earliest retry, and the first second that is too late. */
const earliestRetry = 2;
const retryEnd = 7;

/** Closes connections in batches with a pause between them, so that clients do not all reconnect at one moment. */
export async function closeInBatches<Connection>(
  connections: readonly Connection[],
  close: (connection: Connection) => void,
): Promise<void> {
  for (let first = 0; first < connections.length; first += batchSize) {
    if (first > 0) await pause(batchPause);
    connections.slice(first, first + batchSize).forEach(close);
  }
}

/** The closing reason's advice when to reconnect: random, to spread the clients. Stock clients ignore it. */
export function retryAdvice(): string {
  return `try again in ${randomInt(earliestRetry, retryEnd)} seconds`;
}
