import { defaults, Pool, type PoolClient, type PoolConfig } from "pg";
import type { DataSource } from "typeorm";
import { DatabaseClient, SilentServerError, type DatabaseClientOptions } from "./databaseClient";

/** A connection that the pool lends. */
export type PooledClient = PoolClient & DatabaseClient;

type Callback = (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void;

/** Observes what a process has to do with its database. */
export interface DatabaseObserver {
  /** A caller waited this long for a connection, successfully or not: none was idle. */
  waited(seconds: number): void;
  /** Makes connections that report their statements; plain ones if absent. */
  readonly Client?: typeof DatabaseClient | undefined;
}

export type DatabasePoolOptions = DatabaseClientOptions & PoolConfig & { readonly observer?: DatabaseObserver };

/**
 * A pool of DatabaseClients. When one of them finds the server silent or read-only, none of the others is used again:
 * they lead to the same server, and each would cost a request its time.
 */
export class DatabasePool extends Pool {
  readonly #observer: DatabaseObserver | undefined;
  readonly #idle = new Set<PoolClient>();
  readonly #busy = new Set<PoolClient>();
  readonly #outdated = new WeakSet<PoolClient>();

  constructor({ observer, ...options }: DatabasePoolOptions = {}) {
    // pg's types know no constructor with options, with which the pool calls it.
    super({ ...options, Client: (observer?.Client ?? DatabaseClient) as new () => DatabaseClient });
    this.#observer = observer;
    this.on("connect", (client) => {
      client.on("readOnly" as "error", () => this.renew(new Error("the database takes no writes")));
      client.on("error", (error) => {
        if (error instanceof SilentServerError) this.renew(error);
      });
    });
    this.on("acquire", (client) => {
      this.#idle.delete(client);
      this.#busy.add(client);
    });
    this.on("release", (_error, client) => {
      this.#busy.delete(client);
      this.#idle.add(client);
      if (this.#outdated.has(client)) void client.end(); // the pool removes what is ending
    });
    this.on("remove", (client) => {
      this.#busy.delete(client);
      this.#idle.delete(client);
    });
  }

  override connect(): Promise<PooledClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<PooledClient> | void {
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        this.connect((error, client) => (client ? resolve(client as PooledClient) : reject(error)));
      });
    }
    const observer = this.#observer;
    if (observer === undefined || this.idleCount > 0) return super.connect(callback);
    const began = performance.now();
    super.connect((error, client, done) => {
      observer.waited((performance.now() - began) / 1_000);
      callback(error, client, done);
    });
  }

  /** Uses none of the present connections again: ends the idle ones now, the others when they are released. */
  renew(cause: Error): void {
    for (const client of this.#busy) this.#outdated.add(client);
    for (const client of this.#idle) {
      this.#idle.delete(client);
      client.emit("error", cause); // the pool removes it
      client.connection.stream.destroy();
    }
  }
}

/** pg for TypeORM's `driver`, with our pool. */
export const driver: object = { Pool: DatabasePool, defaults };

/** The pool of a data source; null while it is not connected. */
export function poolOf({ driver: connected }: DataSource): DatabasePool | null {
  const pool: unknown = Reflect.get(connected, "master");
  return pool instanceof DatabasePool ? pool : null;
}

/** The pool of a connected data source. Throws an Error that counts as unavailable when it is not, or not any more. */
export function connectedPoolOf(dataSource: DataSource): DatabasePool {
  const pool = poolOf(dataSource);
  if (pool === null) throw new Error("Driver not Connected");
  return pool;
}

/** Connections of a data source's pool. */
export interface PoolState {
  readonly inUse: number;
  readonly idle: number;
  readonly max: number;
  /** Callers that wait for one. */
  readonly waiting: number;
}

/** How a data source's pool is doing; null while it is not connected. */
export function poolStateOf(dataSource: DataSource): PoolState | null {
  const pool = poolOf(dataSource);
  if (pool === null) return null;
  const { totalCount, idleCount, waitingCount } = pool;
  return { inUse: totalCount - idleCount, idle: idleCount, max: pool.options.max, waiting: waitingCount };
}
