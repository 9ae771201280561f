import { Gauge, type Registry } from "prom-client";
import { backlogOf, databaseProblem } from "../services/readiness";
import type { ServiceContext } from "../services/serviceContext";
import { answer, answerJson } from "./answers";
import type { Connections } from "./connections";
import type { Route } from "./routes";

/** Whether the process can serve. */
export interface Readiness {
  /** From now on it is going away: /readyz says so. */
  drain(): void;
  readonly routes: readonly Route[];
}

/** GET /livez, /readyz and /metrics. */
export function createHealth(services: ServiceContext, connections: Connections, registry: Registry): Readiness {
  let draining = false;
  const show = gaugesOn(registry);
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
          const problem = draining ? "the process is shutting down" : await databaseProblem(services);
          answerJson(
            response,
            problem === null ? 200 : 503,
            problem === null ? { status: "ready" } : { status: "not ready", problem },
          );
        },
      },
      {
        methods,
        path: "/metrics",
        async handle(_request, response) {
          show.connections.set(connections.count);
          await showBacklog(show, services);
          answer(response, 200, registry.contentType, await registry.metrics());
        },
      },
    ],
  };
}

function gaugesOn(registry: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name: `changeover_${name}`, help, registers: [registry] });
  return {
    connections: gauge("connections", "Open sockets and event streams of this node."),
    feedLag: gauge("feed_lag_seconds", "Age of the oldest writing transaction, behind which the feed waits."),
    dueJobs: gauge("jobs_due", "Jobs whose time has come."),
    jobLag: gauge("jobs_lag_seconds", "Seconds since the time of the oldest such job came."),
    queuedNotifications: gauge("notifications_queued", "Notifications that wait to be sent."),
  };
}

/** Without the database, the figures that come from it stay as they were: /readyz tells that it is away. */
async function showBacklog(show: ReturnType<typeof gaugesOn>, services: ServiceContext): Promise<void> {
  const backlog = await backlogOf(services).catch(() => null);
  if (backlog === null) return;
  show.feedLag.set(backlog.feedLag);
  show.dueJobs.set(backlog.dueJobs);
  show.jobLag.set(backlog.jobLag);
  show.queuedNotifications.set(backlog.queuedNotifications);
}
