import { readBacklog, type Backlog } from "../db/backlog";
import { pendingMigrations } from "../db/migrations";
import type { ServiceContext } from "./serviceContext";

/** Why the service can't do its work at present, in a sentence; null when it can. */
export async function databaseProblem({ dataSource }: ServiceContext): Promise<string | null> {
  try {
    const pending = await pendingMigrations(dataSource);
    return pending.length === 0 ? null : `migrations are pending (run changeover migrate): ${pending.join(", ")}`;
  } catch {
    return "the database can't be reached";
  }
}

/** What waits at present, for the metrics. */
export async function backlogOf({ dataSource }: ServiceContext): Promise<Backlog> {
  return await readBacklog(dataSource.manager);
}
