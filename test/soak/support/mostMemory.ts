import { setTimeout as pause } from "node:timers/promises";
import { readMetrics, type Metrics } from "../../support/api/metrics";
import { waitFor } from "../../support/waitFor";

/**
 * Bytes that a server holds at most until a moment, and until its metrics tell something. A look costs the server
 * some milliseconds: so seldom, and the same in the times that are compared.
 */
export async function mostMemory(
  { url }: { readonly url: string },
  until: number,
  holds: (metrics: Metrics) => boolean = () => true,
): Promise<number> {
  let most = 0;
  const look = async () => {
    await pause(1_000);
    const metrics = await readMetrics(url);
    most = Math.max(most, metrics.value("process_resident_memory_bytes") ?? NaN);
    return Date.now() > until && holds(metrics);
  };
  await waitFor("the end of a phase", look, 90_000);
  return most;
}
