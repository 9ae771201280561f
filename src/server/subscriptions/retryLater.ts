import { randomInt } from "node:crypto";

/** Seconds, from and below. */
const soonest = 2;
const latest = 7;

/**
 * When a client that is sent away is to come back: at random, so that not all come at once. For those who read the reason of a closing;
 * stock clients have waits of their own, at random too.
 */
export function tryAgain(): string {
  return `try again in ${randomInt(soonest, latest)} seconds`;
}
