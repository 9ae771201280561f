import type { DataSource } from "typeorm";
import {
  readBacklog,
  readFeedBacklog,
  readOldestWriter,
  type Backlog,
  type FeedBacklog,
  type Writer,
} from "../db/backlog";
import { createDataSource } from "../db/postgres/dataSource";
import { newerProblem, readDatabaseVersion } from "../db/postgres/databaseVersion";
import { readOnlyTransaction, ReadOnlyServerError } from "../db/postgres/databaseClient";
import { poolOf, poolStateOf, type PoolState } from "../db/postgres/databasePool";
import { select, sql } from "../db/postgres/sql";
import { errorCode } from "../errorCode";
import type { Logger } from "../logger";
import type { ServiceContext } from "./serviceContext";

export type { Backlog, PoolState };

/** One thing that must be so for the service to do its work; `problem` says what is wrong, in words for anybody. */
export interface Check {
  readonly ok: boolean;
  readonly problem?: string;
}

/** Looks at the database from outside of the work. */
export interface Watch {
  database(): Promise<Readonly<Record<"database" | "migrations", Check>>>;
  /** Rejects when the database is out of reach. */
  backlog(): Promise<Backlog>;
  /** Reads the backlog of the feed, and the transaction that holds it back. Rejects likewise. */
  feed(): Promise<FeedBacklog & { readonly writer: Writer | null }>;
  /** The pool that the work is done with. */
  pool(): PoolState | null;
  stop(): Promise<void>;
}

/** Milliseconds after which the database counts as out of reach. */
const patience = 2_000;

/**
 * Has a connection of its own, so that its answers do not wait behind the service's work: they matter most when all
 * connections are in use. `cacheFor` is in milliseconds.
 */
export function startWatch(services: ServiceContext, databaseUrl: string, logger: Logger, cacheFor: number): Watch {
  const dataSource = createDataSource({
    url: databaseUrl,
    poolSize: 1,
    logger,
    statementTimeout: patience,
    patience,
    isQuiet: true,
  });
  let connecting: Promise<DataSource> | null = null;
  const connected = async () => {
    connecting ??= dataSource.initialize();
    return await connecting.catch((error: unknown) => {
      connecting = null;
      throw error;
    });
  };
  return {
    database: kept(async () => await checkDatabase(connected), cacheFor),
    backlog: kept(async () => {
      const { manager } = await connected();
      await services.clock.refresh(manager);
      return await readBacklog(manager, services.clock.now());
    }, cacheFor),
    async feed() {
      const { manager } = await connected();
      await services.clock.refresh(manager);
      const backlog = await readFeedBacklog(manager, services.clock.now());
      return { ...backlog, writer: backlog.heldBack === 0 ? null : await readOldestWriter(manager) };
    },
    pool: () => poolStateOf(services.dataSource.manager.dataSource),
    async stop() {
      await connecting?.then(() => dataSource.destroy()).catch(() => undefined);
    },
  };
}

async function checkDatabase(connected: () => Promise<DataSource>) {
  try {
    const dataSource = await connected();
    await verifyWritable(dataSource);
    return { database: { ok: true }, migrations: await checkMigrations(dataSource) };
  } catch (error) {
    // The code is enough to look it up, and has no address.
    const code = errorCode(error) ?? "no answer in time";
    const problem =
      code === readOnlyTransaction ? "the database takes no writes" : `the database can't be reached (${code})`;
    return {
      database: { ok: false, problem },
      migrations: { ok: false, problem: "not known while the database can't be used" },
    };
  }
}

/** Whether this build fits the database: a newer one, which still admits this build, does. */
async function checkMigrations(dataSource: DataSource): Promise<Check> {
  const version = await readDatabaseVersion(dataSource);
  const { pending } = version;
  const newer = newerProblem(version);
  if (newer !== null) return { ok: false, problem: newer };
  if (pending.length === 0) return { ok: true };
  return { ok: false, problem: `migrations are pending (run changeover migrate): ${pending.join(", ")}` };
}

/**
 * A database may have become read-only since it was connected to. Then the next look connects anew, maybe to another
 * server.
 */
async function verifyWritable(dataSource: DataSource): Promise<void> {
  const [row] = await select<{ isReadOnly: boolean }>(
    dataSource.manager,
    sql`SELECT current_setting('transaction_read_only')::boolean AS "isReadOnly"`,
  );
  if (row?.isReadOnly === false) return;
  const error = new ReadOnlyServerError("The database takes no writes");
  poolOf(dataSource)?.renew(error);
  throw error;
}

/** Runs one look at a time and caches its result for `cacheFor` milliseconds. */
export function kept<Result>(look: () => Promise<Result>, cacheFor = 1_000): () => Promise<Result> {
  let result: Promise<Result> | null = null;
  let until = 0;
  return () => {
    if (result !== null && performance.now() < until) return result;
    until = Number.POSITIVE_INFINITY;
    result = look().finally(() => {
      until = performance.now() + cacheFor;
    });
    return result;
  };
}
