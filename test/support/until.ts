import { waitFor } from "./waitFor";

/** Resolves as soon as the condition holds. Rejects when it does not in time. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<void> {
  await waitFor(condition.toString(), async () => await condition(), timeoutMs);
}
