import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@redis/client";
import type { Logger } from "../../logger";

const channel = "changeover:cocp_events";
/** Milliseconds. */
const longestReconnect = 2_000;
const publishTimeout = 1_000;
const checkTimeout = 5_000;
/** Between two pings, and for the peer's silence. */
const pingInterval = 1_500;
const silenceTimeout = 4_000;

/** Calls `onNews` at each announcement and after each (re)connection, over a connection of its own. Never throws. */
export function listenOnRedis(url: string, onNews: () => void, logger: Logger): { stop(): Promise<void> } {
  const client = openRedis(url, logger);
  const subscribe = async () => {
    await client.subscribe(channel, onNews); // once; the client renews it by itself, and this call then does nothing
    onNews();
  };
  client.on("ready", () => {
    subscribe().catch((error: unknown) =>
      logger.warn({ cause: String(error) }, "Redis lets nobody subscribe: polling meanwhile"),
    );
  });
  return { stop: async () => client.destroy() };
}

/** Publishes that there is news. */
export interface RedisPublisher {
  /** Rejects at once when there is no connection, and after a second without an answer. */
  publish(): Promise<void>;
  stop(): void;
}

/** Opens a publisher, whose connection is renewed by itself. Never throws. */
export function openRedisPublisher(url: string, logger: Logger): RedisPublisher {
  const client = openRedis(url, logger);
  return {
    async publish() {
      const answered = new AbortController();
      const late = pause(publishTimeout, undefined, { signal: answered.signal }).then(() => {
        throw new Error(`Redis gave no answer within ${publishTimeout} ms`);
      });
      await Promise.race([client.publish(channel, ""), late]).finally(() => answered.abort());
    },
    stop: () => client.destroy(),
  };
}

/** Notifies all nodes once, over a connection of its own. Throws when Redis cannot be reached or rejects it. */
export async function publishOnce(url: string): Promise<void> {
  const client = createClient({
    url,
    commandOptions: { timeout: checkTimeout },
    socket: { connectTimeout: checkTimeout, socketTimeout: checkTimeout, reconnectStrategy: false },
  });
  client.on("error", () => {}); // connect() rejects with it
  try {
    await client.connect();
    await client.publish(channel, "");
  } finally {
    client.destroy();
  }
}

/**
 * A client that connects, and reconnects for ever; a peer that is gone without a word is noticed by the pings.
 * Commands may be given a time to be answered in, in milliseconds.
 */
export function openRedis(url: string, logger: Logger, commandOptions: { readonly timeout?: number } = {}) {
  const client = createClient({
    url,
    commandOptions,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1_000,
    pingInterval,
    socket: {
      connectTimeout: checkTimeout,
      socketTimeout: silenceTimeout,
      reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, longestReconnect),
    },
  });
  client.on("error", (error: unknown) =>
    logger.warn({ cause: String(error) }, "Redis is out of reach: reconnecting, polling meanwhile"),
  );
  client.connect().catch(() => undefined); // rejects when it was destroyed before
  return client;
}
