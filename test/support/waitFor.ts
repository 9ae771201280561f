import { setTimeout as pause } from "node:timers/promises";

/**
 * Resolves with what `look` returns as soon as that is neither null, undefined nor false. Rejects after `timeoutMs`:
 * a little before jest's own time-out, so that the message names what was waited for.
 */
export async function waitFor<Result>(
  what: string,
  look: () => Promise<Result | null | undefined | false>,
  timeoutMs = 55_000,
): Promise<Result> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > until) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await pause(20);
  }
}
