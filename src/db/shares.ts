import { EntityManager, type DataSource } from "typeorm";

/** The database as use cases get it: with all connections of the pool, or with a caller's share of them. */
export type Database = Pick<DataSource, "manager">;

/** Of one caller, statements and transactions that may wait for a connection of its share. */
const mostWaiting = 1_000;

/** A caller's share is taken, by the caller itself: too much waits for it already, or it was waited for too long. */
export class ShareTakenError extends Error {}

export interface SharesOptions {
  /** Connections that a caller may hold at once. */
  readonly most: number;
  /** Milliseconds that something waits for one of them. */
  readonly patience: number;
  /** Something has to wait. */
  readonly waits: () => void;
}

interface Caller {
  held: number;
  /** First come, first served. */
  readonly waiting: Set<() => void>;
}

/**
 * Shares the pool out: a caller whose statements are slow holds part of the connections, and waits for itself; the others
 * find the rest. Below the share, who asks does not wait, and costs no promise.
 */
export class Shares {
  readonly #options: SharesOptions;
  readonly #callers = new Map<string, Caller>();

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** The database for one caller. Its transactions begin by `inTransaction`, its statements by `select`. */
  databaseOf(dataSource: DataSource, caller: string): Database {
    return { manager: new SharedManager(dataSource, this, caller) };
  }

  /** Takes one connection of the share. Null: there was one. A promise: wait for it; rejects with ShareTakenError. */
  take(name: string): Promise<void> | null {
    const caller = this.#callers.get(name);
    if (caller === undefined) this.#callers.set(name, { held: 1, waiting: new Set() });
    else if (caller.held < this.#options.most) caller.held += 1;
    else return this.#wait(caller);
    return null;
  }

  giveBack(name: string): void {
    const caller = this.#callers.get(name);
    if (caller === undefined) return;
    const [next] = caller.waiting;
    if (next !== undefined) return next();
    caller.held -= 1;
    if (caller.held === 0) this.#callers.delete(name);
  }

  #wait({ waiting }: Caller): Promise<void> {
    this.#options.waits();
    return new Promise((resolve, reject) => {
      if (waiting.size >= mostWaiting)
        return reject(new ShareTakenError("Too much waits for this caller's connections"));
      const begin = () => {
        clearTimeout(late);
        waiting.delete(begin);
        resolve();
      };
      const giveUp = () => {
        waiting.delete(begin);
        reject(new ShareTakenError("None of this caller's connections came free in time"));
      };
      const late = setTimeout(giveUp, this.#options.patience);
      waiting.add(begin);
    });
  }
}

/** Whatever begins here without a transaction takes its connection from a caller's share. */
class SharedManager extends EntityManager {
  readonly #shares: Shares;
  readonly #caller: string;

  constructor(dataSource: DataSource, shares: Shares, caller: string) {
    super(dataSource);
    this.#shares = shares;
    this.#caller = caller;
  }

  take(): Promise<void> | null {
    return this.#shares.take(this.#caller);
  }

  giveBack(): void {
    this.#shares.giveBack(this.#caller);
  }
}

/** The share that a manager's connections come from; null: they are the whole pool's. */
export function shareOf(manager: EntityManager): Pick<SharedManager, "take" | "giveBack"> | null {
  return manager instanceof SharedManager ? manager : null;
}
