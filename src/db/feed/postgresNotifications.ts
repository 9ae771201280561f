import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../../logger";
import { DatabaseClient } from "../postgres/databaseClient";

const channel = "cocp_events";
/** Milliseconds. */
const reconnectAfter = 500;
/** Milliseconds between two checks of the connection, and for the server to respond. */
export const defaultPatience = 2_000;

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
  readonly onNotification: () => void;
  readonly logger: Logger;
  readonly patience: number;
}

/**
 * Calls `onNotification` at each notification and after each (re)connection, over a connection of its own. A half-open
 * connection is noticed and replaced. Never throws.
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

async function listen({ url, onNotification, logger, patience }: Listening, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const client = new DatabaseClient({
      connectionString: url,
      application_name: "changeover notifications",
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
      client.on("notification", onNotification);
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      onNotification();
      const cause = await Promise.race([lost, untilSilent(client, patience, over.signal)]);
      if (!stopping.aborted)
        logger.warn({ cause }, "the connection for notifications was lost: reconnecting, polling meanwhile");
    } catch (error) {
      logger.warn(
        { cause: String(error) },
        "the connection for notifications can't be opened: trying again, polling meanwhile",
      );
    }
    over.abort();
    stopping.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
    if (!stopping.aborted) await pause(reconnectAfter, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** Checks the connection now and then. Resolves with the reason why the server does not respond. */
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
