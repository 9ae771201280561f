import { Client, defaults, Pool, type PoolClient, type PoolConfig } from "pg";
import type { DataSource } from "typeorm";

type Callback = (error: Error | undefined, client: PoolClient | undefined, done: (release?: unknown) => void) => void;

/** Who looks at what a process has to do with its database. */
export interface DatabaseObserver {
  /** Somebody had to wait so many seconds for a connection, successfully or not: none was idle. */
  waited(seconds: number): void;
  /** Makes connections that tell of their statements; pg's own if absent. */
  readonly Client?: typeof Client | undefined;
}

/** pg, for TypeORM's `driver`, with a pool that tells of waits. One that finds an idle connection costs nothing more. */
export function observedDriver(observer: DatabaseObserver): object {
  class ObservedPool extends Pool {
    constructor(options?: PoolConfig) {
      super({ ...options, Client: observer.Client ?? Client });
    }

    override connect(): Promise<PoolClient>;
    override connect(callback: Callback): void;
    override connect(callback?: Callback): Promise<PoolClient> | void {
      if (callback === undefined) {
        return new Promise((resolve, reject) => {
          this.connect((error, client) => (client ? resolve(client) : reject(error)));
        });
      }
      if (this.idleCount > 0) return super.connect(callback);
      const began = performance.now();
      super.connect((error, client, done) => {
        observer.waited((performance.now() - began) / 1_000);
        callback(error, client, done);
      });
    }
  }
  return { Pool: ObservedPool, defaults };
}

/** Connections of a data source's pool. */
export interface PoolState {
  readonly inUse: number;
  readonly idle: number;
  readonly max: number;
  /** Who waits for one. */
  readonly waiting: number;
}

/** How a data source's pool is doing; null while it is not connected. */
export function poolStateOf({ driver }: DataSource): PoolState | null {
  const pool: unknown = Reflect.get(driver, "master");
  if (!(pool instanceof Pool)) return null;
  const { totalCount, idleCount, waitingCount } = pool;
  return { inUse: totalCount - idleCount, idle: idleCount, max: pool.options.max, waiting: waitingCount };
}
