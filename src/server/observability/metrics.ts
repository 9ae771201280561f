import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** Buckets, in seconds. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Buckets, in points. */
const costs = [1, 5, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000];

/**
 * Creates the Prometheus metrics of this process. Label values come from our code and schema, never from a client, so
 * that their number is bounded.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const make = makers(registry);
  const { count, duration } = make;
  return {
    registry,
    ...operationMetrics(make),
    requests: count("http_requests_total", "HTTP requests, by route, method and status.", [
      "route",
      "method",
      "status",
    ]),
    requestDuration: duration(
      "http_request_duration_seconds",
      "Time from the headers of a request to the last byte of its response. Without streams.",
      ["route"],
    ),
    poolWait: duration(
      "database_pool_wait_seconds",
      "Waits for a connection when none was idle, failed waits included.",
    ),
    quotaWaits: count("database_share_waits_total", "Times that work waited for other work of the same person."),
    lookUpsRejected: count(
      "lookups_refused_total",
      "Rejected look-ups of partners and contacts: too many within the hour.",
    ),
  };
}

function makers(registry: Registry) {
  const named = (name: string, help: string, labelNames: string[] = []) => ({
    name: `changeover_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  type Naming = Parameters<typeof named>;
  return {
    named,
    count: (...naming: Naming) => new Counter(named(...naming)),
    duration: (...naming: Naming) => new Histogram({ ...named(...naming), buckets: durations }),
  };
}

function operationMetrics({ named, count, duration }: ReturnType<typeof makers>) {
  const errors = count("errors_total", "Errors in the responses to operations, by code.", ["code"]);
  errors.inc({ code: "INTERNAL_SERVER_ERROR" }, 0); // Prometheus sees no increase in a series that begins at 1
  return {
    errors,
    operations: count(
      "operations_total",
      "GraphQL operations and form downloads that ended, by outcome: ok, refused (the client's error) or failed.",
      ["transport", "type", "outcome"],
    ),
    operationDuration: duration("operation_duration_seconds", "Time of queries, mutations and forms, by root field.", [
      "type",
      "field",
    ]),
    cost: new Histogram({
      ...named("operation_cost_points", "Cost of operations, in points.", ["type"]),
      buckets: costs,
    }),
    subscriptions: new Gauge(named("subscriptions", "Open subscriptions of this node.", ["transport"])),
    deliveries: count("deliveries_total", "Responses that were sent to subscribers.", ["transport"]),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
