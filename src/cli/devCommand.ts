import { Command } from "commander";
import { startDev } from "../dev/startDev";
import { welcome } from "../dev/welcome";
import { untilStopped } from "./untilStopped";

/** `changeover dev`: everything on one machine, with nothing else installed. */
export function devCommand(): Command {
  return new Command("dev")
    .summary("runs all of it on this machine, with demo data and people to try")
    .description(
      "Runs everything on this machine with nothing else installed: PostgreSQL, the API, the worker, a mailbox, demo " +
        "data and people to sign in as. Keeps its data in .changeover/ in this folder. PORT chooses the port (4000).",
    )
    .option("--fresh", "start over: forget all data of earlier starts")
    .action(async ({ fresh = false }: { fresh?: boolean }) => {
      const dev = await startDev({ fresh, onProgress: (message) => console.log(message) });
      console.log(welcome(dev));
      await untilStopped(dev.logger, dev.stop);
    });
}
