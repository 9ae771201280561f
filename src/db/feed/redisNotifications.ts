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

/**
 * Calls `onNotification` at each notification and after each (re)connection, over a connection of its own. Never
 * throws.
 */
export function listenOnRedis(url: string, onNotification: () => void, logger: Logger): { stop(): Promise<void> } {
  const client = openRedis(url, logger);
  const subscribe = async () => {
    await client.subscribe(channel, onNotification); // does nothing when the client has renewed it after reconnecting
    onNotification();
  };
  client.on("ready", () => {
    subscribe().catch((error: unknown) =>
      logger.warn({ cause: String(error) }, "Redis rejects subscriptions: polling meanwhile"),
    );
  });
  return { stop: async () => client.destroy() };
}

/** Publishes notifications of new events. */
export interface RedisPublisher {
  /** Rejects at once when there is no connection, and after a second without an answer. */
  publish(): Promise<void>;
  stop(): void;
}

/** Opens a publisher that reconnects automatically. Never throws. */
export function openRedisPublisher(url: string, logger: Logger): RedisPublisher {
  const client = openRedis(url, logger);
  return {
    async publish() {
      const answered = new AbortController();
      const late = pause(publishTimeout, undefined, { signal: answered.signal }).then(() => {
        throw new Error(`Redis did not respond within ${publishTimeout} ms`);
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
 * Opens a client that reconnects forever; pings notice a half-open connection. `commandOptions.timeout`: milliseconds
 * for a command.
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
