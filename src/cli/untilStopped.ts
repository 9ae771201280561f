import type { Logger } from "../logger";

/**
 * Waits for Ctrl-C or SIGTERM, then stops what was started. A second signal ends the process at once. So does an error that
 * nobody caught, with exit code 1 and a last line in the log: what is half done then is rolled back, or taken over by others.
 */
export async function untilStopped(logger: Logger, stop: () => Promise<void>): Promise<void> {
  process.once("uncaughtException", (error, origin) => {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    logger.fatal({ origin, error: { name, message, stack } }, "an error that nobody caught: ending");
    process.exit(1);
  });
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, resolve);
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
  logger.info({ signal }, "shutting down");
  await stop();
  logger.info("stopped");
}
