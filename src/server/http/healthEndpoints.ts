import type { Check, Watch } from "../../services/readiness";
import { answer, answerJson } from "./responses";
import { createBacklogMetrics } from "./backlogMetrics";
import type { ConnectionRegistry } from "../subscriptions/connectionRegistry";
import type { FairScheduler } from "../overload/fairScheduler";
import type { Route } from "./route";
import type { Metrics } from "../observability/metrics";

/** Whether the process can serve. */
export interface Health {
  /** From now on /readyz reports that the process is shutting down. */
  drain(): void;
  readonly routes: readonly Route[];
}

/**
 * GET /livez, /readyz and /metrics. They need no token, so they disclose little and query other systems at most once
 * a second.
 */
export function createHealth(
  watch: Watch,
  issuer: () => Promise<Check>,
  connections: ConnectionRegistry,
  scheduler: FairScheduler,
  metrics: Metrics,
): Health {
  let draining = false;
  const show = createBacklogMetrics(metrics.registry, watch, connections, scheduler);
  const methods = ["GET", "HEAD"];
  return {
    drain: () => {
      draining = true;
    },
    routes: [
      { methods, path: "/livez", handle: (_request, response) => answerJson(response, 200, { status: "alive" }) },
      {
        methods,
        path: "/readyz",
        async handle(_request, response) {
          const serving: Check = draining ? { ok: false, problem: "the process is shutting down" } : { ok: true };
          const [database, keys] = await Promise.all([watch.database(), issuer()]);
          const checks = { serving, ...database, issuer: keys };
          const problems = Object.values(checks).flatMap(({ problem }) => problem ?? []);
          if (problems.length === 0) answerJson(response, 200, { status: "ready", checks });
          else answerJson(response, 503, { status: "not ready", problem: problems[0], checks });
        },
      },
      {
        methods,
        path: "/metrics",
        async handle(_request, response) {
          const shared = await show();
          answer(response, 200, metrics.registry.contentType, (await metrics.registry.metrics()) + shared);
        },
      },
    ],
  };
}
