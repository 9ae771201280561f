import type { Logger } from "../logger";

/**
 * Waits for Ctrl-C or SIGTERM, then stops what was started. A second signal ends the process at once.
 */
export async function untilStopped(logger: Logger, stop: () => Promise<void>): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, resolve);
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
  logger.info({ signal }, "shutting down");
  await stop();
  logger.info("stopped");
}
