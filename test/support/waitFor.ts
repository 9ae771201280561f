import { setTimeout as pause } from "node:timers/promises";

/** What `look` gives, as soon as it is neither null, undefined nor false. Rejects after `timeoutMs`. */
export async function waitFor<Result>(
  what: string,
  look: () => Promise<Result | null | undefined | false>,
  timeoutMs = 10_000,
): Promise<Result> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > until) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
    await pause(20);
  }
}
