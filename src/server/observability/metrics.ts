import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Seconds. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Points. */
const costs = [1, 5, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000];

/**
 * What this process counts of its own work, for Prometheus. Labels take their values from our code and schema, never from
 * a caller: their number is bounded.
 */
export function createServiceMetrics() {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  collectDefaultMetrics({ register: registry });
  const named = (name: string, help: string) => ({ name: `changeover_${name}`, help, registers });
  const errors = new Counter({
    ...named("errors_total", "Errors in the answers to operations, by code."),
    labelNames: ["code"],
  });
  errors.inc({ code: "INTERNAL_SERVER_ERROR" }, 0); // told from the start: Prometheus sees no increase in a first value
  return {
    registry,
    errors,
    requests: new Counter({
      ...named("http_requests_total", "HTTP requests that were answered, by route, method and status."),
      labelNames: ["route", "method", "status"],
    }),
    requestDuration: new Histogram({
      ...named(
        "http_request_duration_seconds",
        "From a request's head to the last byte of its answer; not of streams.",
      ),
      labelNames: ["route"],
      buckets: durations,
    }),
    operations: new Counter({
      ...named(
        "operations_total",
        "GraphQL operations and forms that ended, by how: ok, refused (the caller's to mend) or failed.",
      ),
      labelNames: ["transport", "type", "outcome"],
    }),
    operationDuration: new Histogram({
      ...named("operation_duration_seconds", "Time of queries, mutations and forms, by their one root field."),
      labelNames: ["type", "field"],
      buckets: durations,
    }),
    cost: new Histogram({
      ...named("operation_cost_points", "What operations cost, in points."),
      labelNames: ["type"],
      buckets: costs,
    }),
    subscriptions: new Gauge({
      ...named("subscriptions", "Subscriptions that run on this node."),
      labelNames: ["transport"],
    }),
    poolWait: new Histogram({
      ...named("database_pool_wait_seconds", "Waits for a connection when none was idle; of failed ones too."),
      buckets: durations,
    }),
    shareWaits: new Counter(
      named("database_share_waits_total", "Times that somebody's work waited for the same caller's other work."),
    ),
    lookUpsRefused: new Counter(
      named("lookups_refused_total", "Look-ups of partners and contacts that were refused: too many within the hour."),
    ),
    deliveries: new Counter({
      ...named("deliveries_total", "Answers that were handed to subscribers."),
      labelNames: ["transport"],
    }),
  };
}

export type ServiceMetrics = ReturnType<typeof createServiceMetrics>;
