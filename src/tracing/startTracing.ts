import { noTracing, type Tracing, type TracingOptions } from "./tracing";

/** Tracing by OpenTelemetry when there is a collector to tell; otherwise its packages are not even loaded. */
export function startTracing(options: TracingOptions | null, process: "serve" | "worker"): Tracing {
  if (options === null) return noTracing;
  const { startOpenTelemetry } = require("./openTelemetry") as typeof import("./openTelemetry");
  return startOpenTelemetry(options, process);
}
