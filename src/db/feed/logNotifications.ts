import { setImmediate as nextTick } from "node:timers/promises";
import type { ClientBase } from "pg";
import type { DataSource } from "typeorm";
import type { Logger } from "../../logger";
import { listenOnPostgres, notifyOnPostgres, usualPatience } from "./postgresNotifications";
import { listenOnRedis, openRedisPublisher, publishOnce } from "./redisNotifications";

/** Hears of news in the log, over a connection of its own that reconnects by itself. */
export interface WakeUp {
  /**
   * Resolves at the next announcement, after `milliseconds` without one, or when the signal is aborted. Never
   * rejects.
   */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface WakeUpOptions {
  readonly databaseUrl: string;
  /** Null: PostgreSQL carries the announcements. */
  readonly redisUrl: string | null;
  readonly logger: Logger;
  /** Milliseconds after which PostgreSQL is asked whether it is still there; shorter only in tests. */
  readonly patience?: number;
}

/**
 * Starts listening. Announcements that come while the connection is down are lost: a new connection counts as one,
 * and the time limit of `wait` covers the time until then.
 */
export function startWakeUp({ databaseUrl, redisUrl, logger, patience = usualPatience }: WakeUpOptions): WakeUp {
  const waiting = new Set<() => void>();
  const onNews = () => waiting.forEach((wake) => wake());
  const listening =
    redisUrl === null
      ? listenOnPostgres({ url: databaseUrl, onNews, logger, patience })
      : listenOnRedis(redisUrl, onNews, logger);
  return {
    // By hand: what AbortSignal.any makes of a signal that lives as long as the process is never let go of.
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

/** Tells all nodes that there is something new in the log. */
export interface Announcer {
  /**
   * Called after the commit. Returns at once and never throws: nobody waits for it, and when it is lost, readers find
   * the news by polling. What is asked for in one turn of the event loop, or while an announcement is on its way, is
   * one.
   */
  announce(): void;
  /** Sends what was asked for, then ends. */
  stop(): Promise<void>;
}

export interface AnnouncerOptions {
  readonly dataSource: DataSource;
  /** Null: PostgreSQL carries the announcements, over the data source's pool. */
  readonly redisUrl: string | null;
  readonly logger: Logger;
}

/** Opens the sending side of the wake-up. Stop it before the data source. */
export function openAnnouncer({ dataSource, redisUrl, logger }: AnnouncerOptions): Announcer {
  const redis = redisUrl === null ? null : openRedisPublisher(redisUrl, logger);
  const send = redis === null ? () => notifyOnPostgres(dataSource) : () => redis.publish();
  let isAsked = false;
  let isFailing = false;
  let sending: Promise<void> | null = null;

  async function sendAll(): Promise<void> {
    await nextTick();
    while (isAsked) {
      isAsked = false;
      await send().then(
        () => (isFailing = false),
        (error: unknown) => {
          if (!isFailing) logger.warn({ cause: String(error) }, "wake-ups can't be sent: readers poll meanwhile");
          isFailing = true;
        },
      );
    }
    sending = null;
  }

  return {
    announce() {
      isAsked = true;
      sending ??= sendAll();
    },
    async stop() {
      await sending;
      redis?.stop();
    },
  };
}

/**
 * Notifies all nodes once, for a program that ends then. Returns false when the notification is lost: readers find new events
 * by polling.
 */
export async function notifyOnce(client: ClientBase, redisUrl: string | null): Promise<boolean> {
  try {
    await (redisUrl === null ? notifyOnPostgres(client) : publishOnce(redisUrl));
    return true;
  } catch {
    return false;
  }
}
