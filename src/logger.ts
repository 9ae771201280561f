import { Logger as GraphileLogger } from "graphile-worker";
import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

export type { Logger };

/** The process's log: JSON lines, or readable ones for people, on standard error. Never log tokens or configuration. */
export function createLogger(level: string, format: "json" | "pretty"): Logger {
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime };
  if (format === "json") return pino(options, standardError({ sync: false }));
  const destination = standardError({ sync: true });
  return pino(options, pretty({ destination, ignore: "pid,hostname", translateTime: "HH:MM:ss" }));
}

/** Bytes of the log that wait for a full disk, or for a reader. What comes on top is dropped. */
const maxWaiting = 1_000_000;

/** A log that cannot be written ends no process. */
function standardError({ sync }: { readonly sync: boolean }) {
  const destination = pino.destination({ dest: 2, sync, maxLength: maxWaiting });
  destination.on("error", () => {});
  return destination;
}

/** graphile-worker's messages in the process's log, each level one step quieter than it says. */
export function workerLogger(logger: Logger): GraphileLogger {
  const levels = { error: "error", warning: "warn", info: "debug", debug: "trace" } as const;
  return new GraphileLogger((scope) => (level, message) => logger[levels[level]]({ job: scope.label }, message));
}
