import { setImmediate as nextTick } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { DataSource } from "typeorm";
import type { Logger } from "../../logger";
import { listenOnPostgres, notifyOnPostgres, defaultPatience } from "./postgresNotifications";
import { listenOnRedis, openRedisPublisher, publishOnce } from "./redisNotifications";

/** Receives notifications of new events, over a connection of its own that reconnects automatically. */
export interface LogNotifications {
  /**
   * Resolves at the next notification, after `milliseconds` without one, or when the signal is aborted. Never rejects.
   */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface LogNotificationsOptions {
  readonly databaseUrl: string;
  /** Null: notifications go over PostgreSQL. */
  readonly redisUrl: string | null;
  readonly logger: Logger;
  /** Milliseconds between two checks of the connection to PostgreSQL; shorter only in tests. */
  readonly patience?: number;
}

/**
 * Starts listening. Notifications are lost while the connection is down. A new connection counts as a notification,
 * and the time limit of `wait` covers the time until then.
 */
export function startLogNotifications({
  databaseUrl,
  redisUrl,
  logger,
  patience = defaultPatience,
}: LogNotificationsOptions): LogNotifications {
  const waiting = new Set<() => void>();
  const onNotification = () => waiting.forEach((wake) => wake());
  const listening =
    redisUrl === null
      ? listenOnPostgres({ url: databaseUrl, onNotification, logger, patience })
      : listenOnRedis(redisUrl, onNotification, logger);
  return {
    // Not AbortSignal.any: for a signal that lives as long as the process, it leaks memory.
    async wait(milliseconds, signal) {
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, milliseconds);
        signal.addEventListener("abort", wake);
        waiting.add(wake);
      });
    },
    stop: () => listening.stop(),
  };
}

/** Notifies all nodes of new events in the log. */
export interface LogNotifier {
  /**
   * To be called after the commit. Returns at once and never throws: when a notification is lost, readers find the
   * events by polling. Calls in one tick, or while a notification is being sent, are sent as one.
   */
  notifyReaders(): void;
  /** Sends a pending notification, then stops. */
  stop(): Promise<void>;
}

export interface LogNotifierOptions {
  readonly dataSource: DataSource;
  /** Null: notifications go over PostgreSQL, by the data source's pool. */
  readonly redisUrl: string | null;
  readonly logger: Logger;
}

/** Opens the sending side of the notifications. Stop it before the data source. */
export function openLogNotifier({ dataSource, redisUrl, logger }: LogNotifierOptions): LogNotifier {
  const redis = redisUrl === null ? null : openRedisPublisher(redisUrl, logger);
  const send = redis === null ? () => notifyOnPostgres(dataSource) : () => redis.publish();
  let isPending = false;
  let isFailing = false;
  let sending: Promise<void> | null = null;

  async function sendAll(): Promise<void> {
    await nextTick();
    while (isPending) {
      isPending = false;
      await send().then(
        () => (isFailing = false),
        (error: unknown) => {
          if (!isFailing) logger.warn({ cause: String(error) }, "notifications can't be sent: readers poll meanwhile");
          isFailing = true;
        },
      );
    }
    sending = null;
  }

  return {
    notifyReaders() {
      isPending = true;
      sending ??= sendAll();
    },
    async stop() {
      await sending;
      redis?.stop();
    },
  };
}

/**
 * Notifies all nodes once, for a program that ends then. Returns false when the notification is lost: readers find
 * new events by polling.
 */
export async function notifyOnce(client: ClientBase, redisUrl: string | null): Promise<boolean> {
  try {
    await (redisUrl === null ? notifyOnPostgres(client) : publishOnce(redisUrl));
    return true;
  } catch {
    return false;
  }
}
