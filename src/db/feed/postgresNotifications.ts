import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../../logger";
import { DatabaseClient } from "../postgres/databaseClient";

const channel = "cocp_events";
/** Milliseconds. */
const reconnectAfter = 500;
/** Milliseconds between two looks whether the server still answers, and that an answer may take. */
export const usualPatience = 2_000;

/** A data source or a connection. */
interface Connection {
  query(statement: string, values: string[]): Promise<unknown>;
}

/** Notifies all nodes that listen on this database. Outside of any transaction, so that no commit waits for it. */
export async function notifyOnPostgres(connection: Connection): Promise<void> {
  await connection.query("SELECT pg_notify($1, '')", [channel]);
}

export interface Listening {
  readonly url: string;
  readonly onNews: () => void;
  readonly logger: Logger;
  readonly patience: number;
}

/**
 * Calls `onNews` at each notification and after each (re)connection, over a connection of its own. One whose other
 * end is gone without a word is noticed, and replaced. Never throws.
 */
export function listenOnPostgres(options: Listening): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = listen(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function listen({ url, onNews, logger, patience }: Listening, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const client = new DatabaseClient({
      connectionString: url,
      application_name: "changeover wake-up",
      connectionTimeoutMillis: patience,
      answerTimeout: patience,
    });
    const over = new AbortController();
    let stop = () => {};
    const lost = new Promise<string>((resolve) => {
      client.on("error", (error) => resolve(error.message));
      client.on("end", () => resolve("the connection ended"));
      stop = () => resolve("stopping");
    });
    stopping.addEventListener("abort", stop);
    try {
      client.on("notification", onNews);
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      onNews();
      const cause = await Promise.race([lost, untilSilent(client, patience, over.signal)]);
      if (!stopping.aborted) logger.warn({ cause }, "the wake-up connection was lost: reconnecting, polling meanwhile");
    } catch (error) {
      logger.warn({ cause: String(error) }, "the wake-up connection can't be made: trying again, polling meanwhile");
    }
    over.abort();
    stopping.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
    if (!stopping.aborted) await pause(reconnectAfter, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** Asks now and then, and gives why there was no answer. */
async function untilSilent(client: DatabaseClient, patience: number, over: AbortSignal): Promise<string> {
  try {
    for (;;) {
      await pause(patience, undefined, { signal: over });
      await client.query("SELECT");
    }
  } catch (error) {
    return String(error);
  }
}
