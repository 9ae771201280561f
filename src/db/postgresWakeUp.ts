import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type { DataSource } from "typeorm";
import type { Logger } from "../logger";

const channel = "cocp_events";
/** Milliseconds. */
const reconnectAfter = 500;

/** Tells all who listen on this database that there is news. Outside of any transaction, so that no commit waits for it. */
export async function notifyOnPostgres(dataSource: DataSource): Promise<void> {
  await dataSource.query("SELECT pg_notify($1, '')", [channel]);
}

/** Calls `onNews` at each notification and after each (re)connection, over a connection of its own. Never throws. */
export function listenOnPostgres(url: string, onNews: () => void, logger: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = listen(url, onNews, stopping.signal, logger);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function listen(url: string, onNews: () => void, stopping: AbortSignal, logger: Logger): Promise<void> {
  while (!stopping.aborted) {
    const client = new Client({ connectionString: url, application_name: "changeover wake-up", keepAlive: true });
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
      const cause = await lost;
      if (!stopping.aborted) logger.warn({ cause }, "the wake-up connection was lost: reconnecting, polling meanwhile");
    } catch (error) {
      logger.warn({ cause: String(error) }, "the wake-up connection can't be made: trying again, polling meanwhile");
    }
    stopping.removeEventListener("abort", stop);
    await client.end().catch(() => undefined);
    if (!stopping.aborted) await pause(reconnectAfter, undefined, { signal: stopping }).catch(() => undefined);
  }
}
