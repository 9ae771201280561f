import { migrate } from "../../../src/db/postgres/migrations";
import { createLogger } from "../../../src/logger";

/** Brings an empty database to the newest version. */
export async function migrateTemplate(url: string): Promise<void> {
  await migrate(url, createLogger("silent", "json"));
}
