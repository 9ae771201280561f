import type { DataSource, MigrationInterface } from "typeorm";

/** A migration that says which builds may still run on the database once it is applied. */
export interface AdmittingMigration extends MigrationInterface {
  /**
   * Number of the oldest build whose code works on the database with this migration applied. A build's number is that
   * of its newest migration. Without it, builds that do not have the migration are not admitted.
   */
  readonly oldestBuild: number;
}

/** The migrations of a database beside those of this build. */
export interface DatabaseVersion {
  /** Migrations of this build that are not applied. */
  readonly pending: readonly string[];
  /** Applied migrations that this build does not have: a newer one migrated. */
  readonly unknown: readonly string[];
  /** The number of this build. */
  readonly build: number;
  /** The oldest build that the database admits; Infinity when one of the unknown migrations says nothing. */
  readonly oldestBuild: number;
}

/** The database was migrated by a newer build, and this one may not run on it. */
export class DatabaseNewerError extends Error {
  constructor(problem: string) {
    super(`${problem}. Install the version that migrated the database`);
    this.name = "DatabaseNewerError";
  }
}

/** Compares the database with this build. */
export async function readDatabaseVersion(dataSource: DataSource): Promise<DatabaseVersion> {
  const own = dataSource.migrations.map(nameOf);
  const applied = await appliedMigrations(dataSource);
  const unknown = applied.filter((name) => !own.includes(name));
  return {
    pending: own.filter((name) => !applied.includes(name)),
    unknown,
    build: Math.max(...own.map(numberOf)),
    oldestBuild: unknown.length === 0 ? 0 : await oldestBuildFor(dataSource, unknown),
  };
}

/** Returns the reason why this build may not run on the database, or null. */
export function newerProblem({ unknown, build, oldestBuild }: DatabaseVersion): string | null {
  if (build >= oldestBuild) return null;
  const admits =
    oldestBuild === Infinity ? "does not say that older builds may run" : `admits builds from ${oldestBuild} on`;
  return `the database is newer than this build (${build}): it has ${unknown.join(", ")} and ${admits}`;
}

/** Throws DatabaseNewerError when this build may not run on the database. */
export async function verifyAdmitted(dataSource: DataSource): Promise<void> {
  const problem = newerProblem(await readDatabaseVersion(dataSource));
  if (problem !== null) throw new DatabaseNewerError(problem);
}

/**
 * Throws DatabaseNewerError when a newer build migrated the database, admitted or not: only that one can migrate it.
 */
export async function verifyNoneUnknown(dataSource: DataSource): Promise<void> {
  const { unknown, build } = await readDatabaseVersion(dataSource);
  if (unknown.length === 0) return;
  throw new DatabaseNewerError(`the database is newer than this build (${build}): it has ${unknown.join(", ")}`);
}

/**
 * Writes down which builds each migration of this build admits, before they are applied: an older build that runs
 * meanwhile must never see one of them without it.
 */
export async function recordOldestBuilds(dataSource: DataSource): Promise<void> {
  await dataSource.query(
    "CREATE TABLE IF NOT EXISTS changeover_builds (migration text PRIMARY KEY, oldest_build integer NOT NULL)",
  );
  await dataSource.query(
    `INSERT INTO changeover_builds (migration, oldest_build)
       SELECT * FROM unnest($1::text[], $2::integer[])
       ON CONFLICT (migration) DO UPDATE SET oldest_build = excluded.oldest_build`,
    [dataSource.migrations.map(nameOf), dataSource.migrations.map(oldestBuildOf)],
  );
}

/** The names of what was applied, in order. */
export async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  if (!(await isThere(dataSource, "changeover_migrations"))) return [];
  const rows = await dataSource.query<{ name: string }[]>(
    "SELECT name FROM changeover_migrations ORDER BY timestamp, id",
  );
  return rows.map(({ name }) => name);
}

async function oldestBuildFor(dataSource: DataSource, migrations: readonly string[]): Promise<number> {
  if (!(await isThere(dataSource, "changeover_builds"))) return Infinity;
  const rows = await dataSource.query<{ oldest: number }[]>(
    "SELECT oldest_build AS oldest FROM changeover_builds WHERE migration = ANY($1)",
    [migrations],
  );
  return rows.length < migrations.length ? Infinity : Math.max(...rows.map(({ oldest }) => oldest));
}

async function isThere(dataSource: DataSource, table: string): Promise<boolean> {
  const [found] = await dataSource.query<{ exists: boolean }[]>("SELECT to_regclass($1) IS NOT NULL AS exists", [
    table,
  ]);
  return found?.exists ?? false;
}

const nameOf = ({ constructor }: MigrationInterface) => constructor.name;

/** The number of a migration, from its name: 7 of FeedOrder0007000000000. */
function numberOf(name: string): number {
  return Number(/(\d{4})0{9}$/.exec(name)?.[1] ?? 0);
}

function oldestBuildOf(migration: MigrationInterface): number {
  return "oldestBuild" in migration ? Number(migration.oldestBuild) : numberOf(nameOf(migration));
}
