import type { Logger } from "../logger";

/**
 * Waits for Ctrl-C or SIGTERM, then stops what was started. A second signal ends the process at once. So does an
 * error that nobody caught, with exit code 1 and a last line in the log: unfinished work is rolled back, or taken
 * over by other processes. A rejected promise that nobody waits for is logged, and the process goes on: graphql-js
 * abandons the promises of a list when one of its items throws, and the operation has its answer by then.
 */
export async function untilStopped(logger: Logger, stop: () => Promise<void>): Promise<void> {
  process.once("uncaughtException", (error, origin) => {
    logger.fatal({ origin, error: factsOf(error) }, "an error that nobody caught: ending");
    process.exit(1);
  });
  process.on("unhandledRejection", (reason) => {
    logger.error({ error: factsOf(reason) }, "a promise that nobody waits for was rejected");
  });
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, resolve);
  });
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(130));
  logger.info({ signal }, "shutting down");
  await stop();
  logger.info("stopped");
}

function factsOf(error: unknown): { name: string; message: string; stack: string | undefined } {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}
