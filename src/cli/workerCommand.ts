import { Command } from "commander";
import { startJobs } from "../app";
import { readConfig } from "../config";
import { createLogger } from "../logger";
import { reachableDatabase } from "./databaseUrl";
import { untilStopped } from "./untilStopped";

/** `changeover worker`: the background jobs. Any number of them may run on one database. */
export function workerCommand(): Command {
  return new Command("worker")
    .summary("does the background jobs: mail, cancellations, deadlines, completions")
    .description(
      "Sends mail and reminders, finishes cancellations and settles what falls due; any number of processes may work " +
        "on one database. Configured by the same environment as `changeover serve`.",
    )
    .action(async () => {
      const config = readConfig(process.env);
      await reachableDatabase(config.databaseUrl);
      const logger = createLogger(config.logLevel, config.logFormat);
      const jobs = await startJobs(config, logger);
      logger.info("working");
      await untilStopped(logger, jobs.stop);
    });
}
