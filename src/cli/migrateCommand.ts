import { Command } from "commander";
import { migrate, migrateDown, migrationStatus } from "../db/migrations";
import { createLogger } from "../logger";
import { reachableDatabase } from "./databaseUrl";

/** `changeover migrate`, `migrate status` and `migrate down`. */
export function migrateCommand(): Command {
  const logger = createLogger(process.env["LOG_LEVEL"] ?? "warn", "pretty");
  return new Command("migrate")
    .summary("brings the database to this version")
    .description(
      "Brings the database that DATABASE_URL names to this version. Several may be started at once: one migrates, the " +
        "others wait. A backup before is wise.",
    )
    .action(async () => {
      const applied = await migrate(await reachableDatabase(), logger);
      for (const name of applied) console.log(`applied ${name}`);
      console.log(
        applied.length === 0 ? "The database is at this version already." : "The database is at this version.",
      );
    })
    .addCommand(
      new Command("status").description("lists the migrations, and whether each is applied").action(async () => {
        for (const { name, applied } of await migrationStatus(await reachableDatabase(), logger)) {
          console.log(`${applied ? "applied" : "pending"} ${name}`);
        }
      }),
    )
    .addCommand(
      new Command("down").description("takes the newest migration back, with the data in it").action(async () => {
        const name = await migrateDown(await reachableDatabase(), logger);
        console.log(name === null ? "No migration is applied." : `taken back ${name}`);
      }),
    );
}
