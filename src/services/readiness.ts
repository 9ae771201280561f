import type { DataSource } from "typeorm";
import {
  readBacklog,
  readFeedBacklog,
  readOldestWriter,
  type Backlog,
  type FeedBacklog,
  type Writer,
} from "../db/backlog";
import { createDataSource } from "../db/dataSource";
import { pendingMigrations } from "../db/migrations";
import { poolStateOf, type PoolState } from "../db/observedPool";
import type { Logger } from "../logger";
import type { ServiceContext } from "./serviceContext";

export { workerLock } from "../db/workerLock";
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
  /** What of it keeps feeds from showing what was committed. Rejects likewise. */
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
      await services.clock.refresh();
      return await readBacklog((await connected()).manager, services.clock.now());
    }, cacheFor),
    async feed() {
      await services.clock.refresh();
      const { manager } = await connected();
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
    const pending = await pendingMigrations(await connected());
    const problem = `migrations are pending (run changeover migrate): ${pending.join(", ")}`;
    return { database: { ok: true }, migrations: pending.length === 0 ? { ok: true } : { ok: false, problem } };
  } catch (error) {
    return {
      database: { ok: false, problem: `the database can't be reached (${codeOf(error)})` },
      migrations: { ok: false, problem: "not known while the database can't be reached" },
    };
  }
}

/** The system's word or the SQLSTATE, such as ECONNREFUSED or 53300: enough to look it up, and no address. */
function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : null;
  return typeof code === "string" ? code : "no answer in time";
}

/** Looks once at a time, and returns the same answer to every caller for so many milliseconds. */
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
