import { startApi, startJobs } from "../../../src/app";
import { readConfig } from "../../../src/config";
import { createLogger } from "../../../src/logger";

/**
 * API and worker in a process of its own, until it is told to stop. Tells the test that started it where it listens.
 */
async function run(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger("debug", "json");
  const api = await startApi(config, logger);
  const jobs = await startJobs(config, logger);
  process.send?.(api.url);
  process.once("message", () => {
    void jobs
      .stop()
      .then(() => api.stop())
      .then(() => process.disconnect());
  });
}

void run();
process.on("disconnect", () => process.exit()); // stays only while that test does
