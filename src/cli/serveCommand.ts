import { Command } from "commander";
import { startApi } from "../app";
import { readConfig } from "../config";
import { createLogger } from "../logger";
import { reachableDatabase } from "./databaseUrl";
import { explainListening } from "../explainListening";
import { untilStopped } from "./untilStopped";

/** `changeover serve`: the API. Any number of them may run on one database. */
export function serveCommand(): Command {
  return new Command("serve")
    .summary("serves the API over HTTP and WebSocket")
    .description(
      "Serves the GraphQL API at /graphql, over HTTP and WebSocket; any number of processes may serve one database. " +
        "Run `changeover migrate` before, and `changeover worker` beside it. Configured by the environment: " +
        "`changeover doctor` tells what is missing.",
    )
    .action(async () => {
      const config = readConfig(process.env);
      await reachableDatabase(config.databaseUrl);
      const logger = createLogger(config.logLevel, config.logFormat);
      const api = await startApi(config, logger).catch((error: unknown) => {
        throw explainListening(error, config);
      });
      logger.info({ url: api.url, publicUrl: config.publicUrl }, "serving");
      await untilStopped(logger, api.stop);
    });
}
