import { EntityManager, type DataSource } from "typeorm";

/** The database as use cases get it: with all connections of the pool, or with a caller's share of them. */
export type Database = Pick<DataSource, "manager">;

/** Statements and transactions of a caller that may wait for a connection. */
const mostWaiting = 1_000;

/** A caller's share is taken, by the caller itself: too much waits for it already, or it was waited for too long. */
export class ShareTakenError extends Error {}

/**
 * A caller may hold this many times the free connections: three quarters of the pool while it is alone, three
 * sevenths beside another busy caller, never the last one.
 */
const timesWhatIsLeft = 3;

export interface SharesOptions {
  /** Connections of the pool. */
  readonly size: number;
  /** Milliseconds that something waits for a connection of its caller's share. */
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
 * Divides the pool among callers. A caller with slow statements waits for itself, and others find free connections.
 * Below its quota a caller does not wait, and costs no promise.
 */
export class Shares {
  readonly #options: SharesOptions;
  readonly #callers = new Map<string, Caller>();
  /** Callers with waiting work. The first one is next. */
  readonly #queue = new Set<Caller>();
  #held = 0;

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** The database for one caller. Its transactions begin by `inTransaction`, its statements by `select`. */
  databaseOf(dataSource: DataSource, caller: string): Database {
    return { manager: new SharedManager(dataSource, this, caller) };
  }

  /** Takes one connection of the share. Null: there was one. A promise: wait for it; rejects with ShareTakenError. */
  take(name: string): Promise<void> | null {
    const caller = this.#callers.get(name) ?? { held: 0, waiting: new Set() };
    this.#callers.set(name, caller);
    if (!this.#mayHoldMore(caller)) return this.#wait(caller);
    this.#hold(caller);
    return null;
  }

  giveBack(name: string): void {
    const caller = this.#callers.get(name);
    if (caller === undefined) return;
    caller.held -= 1;
    this.#held -= 1;
    if (this.#queue.size > 0) this.#serve();
    if (caller.held === 0) this.#callers.delete(name);
  }

  /** The first connection is never the share's to refuse: it is waited for in the pool, as all do. */
  #mayHoldMore({ held }: Caller): boolean {
    return held === 0 || held + 1 <= timesWhatIsLeft * (this.#options.size - this.#held - 1);
  }

  #hold(caller: Caller): void {
    caller.held += 1;
    this.#held += 1;
  }

  /** Serves the waiting callers round robin, while one of them is below its quota. */
  #serve(): void {
    for (const caller of this.#queue) {
      const [begin] = caller.waiting;
      if (begin === undefined || !this.#mayHoldMore(caller)) continue;
      this.#hold(caller);
      begin();
      if (this.#queue.delete(caller)) this.#queue.add(caller);
    }
  }

  #wait(caller: Caller): Promise<void> {
    const { waiting } = caller;
    this.#options.waits();
    return new Promise((resolve, reject) => {
      if (waiting.size >= mostWaiting)
        return reject(new ShareTakenError("Too much waits for this caller's connections"));
      const leave = () => {
        clearTimeout(late);
        waiting.delete(begin);
        if (waiting.size === 0) this.#queue.delete(caller);
      };
      const begin = () => {
        leave();
        resolve();
      };
      const giveUp = () => {
        leave();
        reject(new ShareTakenError("None of this caller's connections came free in time"));
      };
      const late = setTimeout(giveUp, this.#options.patience);
      waiting.add(begin);
      this.#queue.add(caller);
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
