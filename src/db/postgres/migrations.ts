import { runMigrations } from "graphile-worker";
import type { DataSource } from "typeorm";
import { workerLogger, type Logger } from "../../logger";
import { readDatabaseVersion, recordOldestBuilds, verifyNoneUnknown } from "./databaseVersion";
import { createDataSource } from "./dataSource";
import { advisoryLocks } from "./advisoryLocks";
import { DatabaseClient } from "./databaseClient";
import { DatabasePool } from "./databasePool";

const migrating = { application_name: "changeover migrate", connectionTimeoutMillis: 10_000 };

export interface MigrationStatus {
  readonly name: string;
  readonly applied: boolean;
  /** This version does not have it: a newer one has applied it. */
  readonly isUnknown: boolean;
}

/**
 * Brings the database to this version, the worker's tables included. Gives the names of what was applied. Throws
 * DatabaseNewerError when a newer version has migrated it.
 */
export async function migrate(url: string, logger: Logger): Promise<string[]> {
  return await underLock(url, logger, async (dataSource) => {
    await verifyNoneUnknown(dataSource);
    await recordOldestBuilds(dataSource);
    const applied = await dataSource.runMigrations();
    await migrateWorker(url, logger);
    return applied.map(({ name }) => name);
  });
}

/**
 * Reverts the newest migration, and loses the data in its tables and columns. Returns its name, or null. Throws
 * DatabaseNewerError when a newer version applied it.
 */
export async function migrateDown(url: string, logger: Logger): Promise<string | null> {
  return await underLock(url, logger, async (dataSource) => {
    await verifyNoneUnknown(dataSource);
    const newest = (await statusOf(dataSource)).filter(({ applied }) => applied).at(-1);
    if (newest === undefined) return null;
    await dataSource.undoLastMigration();
    return newest.name;
  });
}

/**
 * All migrations of this version in order, and whether each is applied; then those that a newer version has applied.
 */
export async function migrationStatus(url: string, logger: Logger): Promise<MigrationStatus[]> {
  return await underLock(url, logger, statusOf);
}

async function statusOf(dataSource: DataSource): Promise<MigrationStatus[]> {
  const { pending, unknown } = await readDatabaseVersion(dataSource);
  const own = dataSource.migrations.map(({ constructor: { name } }) => name);
  return [
    ...own.map((name) => ({ name, applied: !pending.includes(name), isUnknown: false })),
    ...unknown.map((name) => ({ name, applied: true, isUnknown: true })),
  ];
}

/** The worker's own tables. */
async function migrateWorker(url: string, logger: Logger): Promise<void> {
  const pgPool = new DatabasePool({ connectionString: url, max: 1, statementTimeout: 0, ...migrating });
  pgPool.on("error", () => {}); // its statement fails with it
  try {
    await runMigrations({ pgPool, logger: workerLogger(logger) });
  } finally {
    await pgPool.end();
  }
}

async function underLock<Result>(
  url: string,
  logger: Logger,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  const holder = new DatabaseClient({ connectionString: url, statementTimeout: 0, ...migrating });
  holder.on("error", (error) => logger.warn({ error: error.message }, "the connection that holds the lock was lost"));
  await holder.connect();
  const dataSource = createDataSource({ url, poolSize: 2, logger, statementTimeout: 0 });
  try {
    await holder.query("SELECT pg_advisory_lock($1)", [advisoryLocks.migration]);
    await dataSource.initialize();
    return await work(dataSource);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await holder.end();
  }
}
