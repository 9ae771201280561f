import type { Taken } from "../db/limiters";

/** A client exceeded a limit. The message is for the client. */
export class RateLimitedError extends Error {
  constructor(
    what: string,
    /** Seconds. */
    readonly retryAfter: number,
  ) {
    super(`${what} Try again in ${retryAfter} seconds.`);
    this.name = "RateLimitedError";
  }
}

/** Returns the points taken, or throws RateLimitedError when the budget is used up. */
export function allowed(taken: Taken, message: string): Taken {
  if (!taken.isAllowed) throw new RateLimitedError(message, taken.resetsIn);
  return taken;
}
