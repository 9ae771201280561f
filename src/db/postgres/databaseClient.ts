import type { Socket } from "node:net";
import { Client, type ClientConfig, type QueryResult } from "pg";
import { sessionSetup } from "./session";

/** The SQLSTATE of a write on a server that takes none. */
export const readOnlyTransaction = "25006";

/** Milliseconds that an answer may come after the server's own limit of the statement. */
const answerMargin = 500;
const usualStatementTimeout = 5_000;
const usualIdleInTransactionTimeout = 10_000;

/** All times are in milliseconds; 0: no limit. */
export interface DatabaseClientOptions extends ClientConfig {
  /** For one statement: 5,000 if absent. */
  readonly statementTimeout?: number | undefined;
  /** For a transaction between two statements: 10,000 if absent. */
  readonly idleInTransactionTimeout?: number | undefined;
  /**
   * For the server's silence while a statement runs: a little more than the statement's limit if absent. The server
   * may be gone without a word, and then nothing else ends the wait.
   */
  readonly answerTimeout?: number | undefined;
  /** See SessionOptions; false if absent. */
  readonly genericPlans?: boolean | undefined;
}

/** The server gave no answer in time: the connection is given up. */
export class SilentServerError extends Error {
  readonly code = "ETIMEDOUT";
}

/** The server takes no writes: a standby, or a database that was set read-only. */
export class ReadOnlyServerError extends Error {
  readonly code = readOnlyTransaction;
}

/**
 * A connection to PostgreSQL as every part of the program uses it. Each one has a listener for errors from its first
 * moment on: pg-pool and TypeORM leave moments without one, in which a lost connection would end the process.
 * `connect` rejects unless the session is set up and the server takes writes. Emits "readOnly" when a statement finds
 * that it does not any more.
 */
export class DatabaseClient extends Client {
  readonly #answerTimeout: number;
  readonly #setup: string;
  /** By performance.now(): when the last statement was given to this connection. */
  #askedAt = 0;

  constructor(options: DatabaseClientOptions = {}) {
    super({ keepAlive: true, keepAliveInitialDelayMillis: 10_000, ...options });
    const { statementTimeout = usualStatementTimeout, genericPlans = false } = options;
    const { idleInTransactionTimeout = usualIdleInTransactionTimeout } = options;
    this.#setup = sessionSetup({ statementTimeout, idleInTransactionTimeout, genericPlans });
    this.#answerTimeout = options.answerTimeout ?? (statementTimeout === 0 ? 0 : statementTimeout + answerMargin);
    this.on("error", () => {});
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      this.#askedAt = performance.now();
      return query(...args);
    }) as Client["query"];
    this.connection.on("errorMessage", ({ code }: { readonly code?: string }) => {
      if (code === readOnlyTransaction) this.emit("readOnly");
    });
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error | null, client?: this) => void): void;
  override connect(callback?: (error: Error | null, client?: this) => void): Promise<this> | void {
    const opened = this.#open();
    if (callback === undefined) return opened;
    void opened.then(
      () => callback(null, this),
      (error: Error) => callback(error),
    );
  }

  /** Gives the connection up at once, without the server: what runs on it fails with the cause. */
  giveUp(cause: Error): void {
    this.connection.stream.destroy(cause);
  }

  async #open(): Promise<this> {
    try {
      await super.connect();
      this.#endSilence(this.connection.stream as Socket);
      this.#askedAt = performance.now();
      const results = (await super.query(this.#setup)) as unknown as QueryResult<{ readOnly?: boolean }>[];
      if (results.at(-1)?.rows[0]?.readOnly !== false) throw new ReadOnlyServerError("The database takes no writes");
      return this;
    } catch (error) {
      this.connection.stream.destroy();
      // pg's own words for a connection that took too long, which has no code.
      if (error instanceof Error && error.message === "timeout expired") throw new SilentServerError(error.message);
      throw error;
    }
  }

  /**
   * After a pause of this process its timers run before it reads: what has arrived meanwhile counts as an answer.
   * Node.js runs a timer that is due even when a write has just refreshed it: a statement that has just begun is
   * given its time.
   */
  #endSilence(socket: Socket): void {
    const limit = this.#answerTimeout;
    if (limit === 0) return;
    const isWaiting = () => Reflect.get(this, "readyForQuery") === false;
    socket.setTimeout(limit);
    socket.on("timeout", () => {
      if (!isWaiting()) return;
      if (performance.now() - this.#askedAt < limit / 2) return void socket.setTimeout(limit);
      const { bytesRead } = socket;
      setImmediate(() => {
        if (!isWaiting() || socket.bytesRead > bytesRead) return;
        this.giveUp(new SilentServerError(`The database gave no answer within ${limit} ms`));
      });
    });
  }
}
