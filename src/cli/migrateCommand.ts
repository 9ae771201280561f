import { Command } from "commander";
import { readDatabaseConfig } from "../config";
import { migrate, migrateDown, migrationStatus } from "../db/postgres/migrations";
import { createLogger, type Logger } from "../logger";
import { reachableDatabase } from "./databaseUrl";

/** `changeover migrate`, `migrate status` and `migrate down`. */
export function migrateCommand(): Command {
  return new Command("migrate")
    .summary("brings the database to this version")
    .description(
      "Brings the database that DATABASE_URL names to this version. Several may be started at once: one migrates, the " +
        "others wait. A backup before is wise.",
    )
    .action(async () => {
      const { url, logger } = await openDatabase();
      const applied = await migrate(url, logger);
      for (const name of applied) console.log(`applied ${name}`);
      console.log(
        applied.length === 0 ? "The database is at this version already." : "The database is at this version.",
      );
    })
    .addCommand(
      new Command("status").description("lists the migrations, and whether each is applied").action(async () => {
        const { url, logger } = await openDatabase();
        for (const { name, applied, isUnknown } of await migrationStatus(url, logger)) {
          const state = isUnknown ? "newer  " : applied ? "applied" : "pending";
          console.log(`${state} ${name}`);
        }
      }),
    )
    .addCommand(
      new Command("down").description("takes the newest migration back, with the data in it").action(async () => {
        const { url, logger } = await openDatabase();
        const name = await migrateDown(url, logger);
        console.log(name === null ? "No migration is applied." : `taken back ${name}`);
      }),
    );
}

/**
 * The database that the environment names, once it is known to let us in. Throws ConfigError; else Error with the
 * fix.
 */
async function openDatabase(): Promise<{ url: string; logger: Logger }> {
  const { databaseUrl, logLevel, logFormat } = readDatabaseConfig(process.env);
  return { url: await reachableDatabase(databaseUrl), logger: createLogger(logLevel, logFormat) };
}
