import { setTimeout as pause } from "node:timers/promises";

const batchSize = 100;
/** Milliseconds. */
const batchPause = 50;

/** Does something to all, a hundred at a time with a pause between: clients that are sent away don't all come back in one moment. */
export async function inBatches<Item>(items: readonly Item[], act: (item: Item) => void): Promise<void> {
  for (let first = 0; first < items.length; first += batchSize) {
    if (first > 0) await pause(batchPause);
    items.slice(first, first + batchSize).forEach(act);
  }
}
