import type { DataSource } from "typeorm";
import { newerProblem, readDatabaseVersion } from "../../db/postgres/databaseVersion";
import { failed, ok, warning, type Finding } from "./finding";

const what = "migrations";

/** Whether the database fits this build. */
export async function checkMigrations(dataSource: DataSource): Promise<Finding> {
  const version = await readDatabaseVersion(dataSource);
  const { pending, unknown, build } = version;
  const newer = newerProblem(version);
  if (newer !== null) return failed(what, newer, "install the version that migrated the database");
  if (pending.length > 0) {
    return failed(what, `${pending.length} are pending: ${pending.join(", ")}`, "run changeover migrate");
  }
  if (unknown.length === 0) return ok(what);
  const problem = `a newer version has migrated (${unknown.join(", ")}), and still admits this build (${build})`;
  return warning(what, problem, "replace this build by the version that migrated");
}
