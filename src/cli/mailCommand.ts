import { Command } from "commander";
import type { DataSource } from "typeorm";
import { readDatabaseConfig } from "../config";
import { createDataSource } from "../db/postgres/dataSource";
import { createLogger } from "../logger";
import { readHeldMail, releaseMail } from "../services/notifications/releaseMail";
import { reachableDatabase } from "./databaseUrl";

/** `changeover mail release`. */
export function mailCommand(): Command {
  const release = new Command("release")
    .summary("sends the email that is held")
    .description(
      "Sends the email that no worker saw within MAIL_HOLD_HOURS after it was written: that of a restored backup may have " +
        "been sent before. Each message goes only if what it says still holds. Needs DATABASE_URL.",
    )
    .option("--dry-run", "list the held messages, and send none")
    .action(async ({ dryRun = false }: { dryRun?: boolean }) => {
      await withDatabase(async (dataSource) => {
        if (dryRun) await listHeld(dataSource);
        else console.log(`Released ${countOf(await releaseMail(dataSource))}.`);
      });
    });
  return new Command("mail").summary("looks after email that waits").addCommand(release);
}

async function listHeld(dataSource: DataSource): Promise<void> {
  const held = await readHeldMail(dataSource);
  for (const { writtenAt, kind, requestId, recipient } of held) {
    console.log(`${writtenAt.toISOString()} ${kind} ${requestId} to ${recipient}`);
  }
  console.log(`${countOf(held.length)} held.`);
}

const countOf = (messages: number) => (messages === 1 ? "1 message" : `${messages} messages`);

async function withDatabase(work: (dataSource: DataSource) => Promise<void>): Promise<void> {
  const { databaseUrl, logLevel, logFormat } = readDatabaseConfig(process.env);
  const url = await reachableDatabase(databaseUrl);
  const logger = createLogger(logLevel, logFormat);
  const dataSource = await createDataSource({ url, poolSize: 1, logger, isQuiet: true }).initialize();
  try {
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
