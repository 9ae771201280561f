import { createHash } from "node:crypto";
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  RateLimiterRes,
  type IRateLimiterStoreOptions,
} from "rate-limiter-flexible";
import type { DataSource } from "typeorm";
import type { Logger } from "../logger";
import { openRedis } from "./feed/redisNotifications";

/** The rest of a budget after points were taken. */
export interface Taken {
  readonly isAllowed: boolean;
  readonly remaining: number;
  /** Seconds until all is there again. */
  readonly resetsIn: number;
}

/** A budget of points per window for each key. Infinity: no limit. */
export interface LimiterOptions {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

export interface Limiter {
  /**
   * Takes points; those that are not allowed count as well. Never fails: without its store it counts in this process.
   */
  take(key: string, points: number): Promise<Taken>;
}

export interface Limiters {
  /** Counted in this process: for what protects it. */
  ofNode(options: LimiterOptions): Limiter;
  /**
   * For each request: counted in Redis over all nodes, or without one in this process, so that no request costs a
   * statement.
   */
  ofRequests(options: LimiterOptions): Limiter;
  /** For what is rare and must not be had once a node: counted in Redis, or without one in PostgreSQL. */
  ofInstallation(options: LimiterOptions): Limiter;
  stop(): void;
}

const prefix = "changeover:limits:";
/** Milliseconds that Redis is given for an answer; then the process counts by itself. */
const patience = 250;

/** Opens what counts. Stop it before the data source. */
export function openLimiters({
  dataSource,
  redisUrl,
  logger,
}: {
  readonly dataSource: DataSource;
  readonly redisUrl: string | null;
  readonly logger: Logger;
}): Limiters {
  const redis = redisUrl === null ? null : openRedis(redisUrl, logger, { timeout: patience });
  const inRedis = (options: IRateLimiterStoreOptions) =>
    new RateLimiterRedis({ ...options, useRedisPackage: true, rejectIfRedisNotReady: true });
  const inPostgres = (options: IRateLimiterStoreOptions) =>
    new RateLimiterPostgres({ ...options, storeType: "typeorm", tableName: "rate_limits", tableCreated: true });
  const make = (
    options: LimiterOptions,
    store: ((made: IRateLimiterStoreOptions) => RateLimiterRedis | RateLimiterPostgres) | null,
    client: unknown,
  ) => {
    const { name, points, seconds } = options;
    if (points === Infinity) return unlimited;
    const memory = new RateLimiterMemory({ keyPrefix: prefix + name, points, duration: seconds });
    if (store === null) return limiterOf(memory, (key) => key);
    const stored = store({
      storeClient: client,
      keyPrefix: prefix + name,
      points,
      duration: seconds,
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: memory,
    });
    return limiterOf(stored, digest);
  };
  return {
    ofNode: (options) => make(options, null, null),
    ofRequests: (options) => make(options, redis && inRedis, redis),
    ofInstallation: (options) => (redis ? make(options, inRedis, redis) : make(options, inPostgres, dataSource)),
    stop: () => redis?.destroy(),
  };
}

const plenty: Taken = { isAllowed: true, remaining: Number.MAX_SAFE_INTEGER, resetsIn: 0 };
const unlimited: Limiter = { take: async () => plenty };

function limiterOf(
  limiter: RateLimiterMemory | RateLimiterRedis | RateLimiterPostgres,
  nameOf: (key: string) => string,
): Limiter {
  return {
    async take(key, points) {
      try {
        return takenOf(await limiter.consume(nameOf(key), points), true);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return takenOf(refused, false);
      }
    },
  };
}

function takenOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isAllowed: boolean): Taken {
  return {
    isAllowed,
    remaining: isAllowed ? remainingPoints : 0,
    resetsIn: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  };
}

/** Keys are stored as their digests: short, and without a word of whom they are about. */
export function digest(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
