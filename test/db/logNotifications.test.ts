import { getEventListeners } from "node:events";
import { setImmediate as nextTick } from "node:timers/promises";
import type { DataSource } from "typeorm";
import { createDataSource } from "../../src/db/postgres/dataSource";
import { publishOnce } from "../../src/db/feed/redisNotifications";
import {
  openLogNotifier,
  startLogNotifications,
  type LogNotifier,
  type LogNotifications,
  type LogNotificationsOptions,
} from "../../src/db/feed/logNotifications";
import { createLogger } from "../../src/logger";
import { hasRedis, startRedis, type TestRedis } from "../support/network/redis";
import { startTcpProxy } from "../support/network/tcpProxy";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";

const logger = createLogger("silent", "json");
/** Longer than any of these tests: a wait that ends was woken. */
const tooLong = 60_000;

let database: TestDatabase;
let dataSource: DataSource;
const open: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 4, logger }).initialize();
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

function announcer(redisUrl: string | null = null): LogNotifier {
  const started = openLogNotifier({ dataSource, redisUrl, logger });
  open.push(started);
  return started;
}

function wakeUp(redisUrl: string | null = null, more: Partial<LogNotificationsOptions> = {}): LogNotifications {
  const started = startLogNotifications({ databaseUrl: database.url, redisUrl, logger, ...more });
  open.push(started);
  return started;
}

/** Counts how often it is woken. */
function count(woken: LogNotifications): { readonly times: number } {
  const seen = { times: 0 };
  const stopping = new AbortController();
  const counting = (async () => {
    for (;;) {
      await woken.wait(tooLong, stopping.signal);
      if (stopping.signal.aborted) return;
      seen.times += 1;
    }
  })();
  open.unshift({
    async stop() {
      stopping.abort();
      await counting;
    },
  });
  return seen;
}

describe("by PostgreSQL", () => {
  test("wakes whoever waits, on every node", async () => {
    const nodes = [count(wakeUp()), count(wakeUp())];
    await until(() => nodes.every(({ times }) => times === 1)); // they listen
    announcer().notifyReaders();
    await until(() => nodes.every(({ times }) => times === 2));
  });

  test("makes one of a hundred announcements of one turn, and one of those that come while it is on its way", async () => {
    const statements: string[] = [];
    const query = jest.spyOn(dataSource, "query").mockImplementation(async (statement) => {
      statements.push(statement);
      await nextTick();
      for (let time = 0; time < 10 && statements.length === 1; time += 1) sender.notifyReaders();
    });
    const sender = announcer();
    for (let time = 0; time < 100; time += 1) sender.notifyReaders();
    await sender.stop();
    expect(statements).toHaveLength(2);
    query.mockRestore();
  });

  test("leaves nothing behind when it was woken, when time is up, and when it is told to stop", async () => {
    const stopping = new AbortController();
    const node = wakeUp();
    await node.wait(0, stopping.signal);
    const waiting = node.wait(tooLong, stopping.signal);
    await until(async () => {
      announcer().notifyReaders();
      return await Promise.race([waiting.then(() => true), nextTick(false)]);
    });
    expect(getEventListeners(stopping.signal, "abort")).toEqual([]);
    const last = node.wait(tooLong, stopping.signal);
    stopping.abort();
    await last;
    await node.wait(tooLong, stopping.signal);
  });

  test("listens again after its connection was cut, and counts that as news", async () => {
    const node = count(wakeUp());
    await until(() => node.times === 1);
    await withClient(database.url, (client) =>
      client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'changeover notifications' AND datname = current_database()",
      ),
    );
    await until(() => node.times === 2);
    announcer().notifyReaders();
    await until(() => node.times === 3);
  });

  test("G-7: a connection that is dead without a word is noticed and replaced, and that counts as news", async () => {
    const proxy = await startTcpProxy(database.url);
    open.push(proxy);
    const node = count(wakeUp(null, { databaseUrl: proxy.url, patience: 500 }));
    await until(() => node.times === 1);
    proxy.freeze();
    await until(() => node.times > 1);
    announcer().notifyReaders();
    await until(() => node.times > 2);
  });

  test("a server that accepts a connection and never answers is given up, and notifications are heard once it answers", async () => {
    const proxy = await startTcpProxy(database.url);
    open.push(proxy);
    proxy.swallow();
    const node = count(wakeUp(null, { databaseUrl: proxy.url, patience: 500 }));
    proxy.thaw(); // the connection that was accepted stays silent
    await until(() => node.times === 1);
    announcer().notifyReaders();
    await until(() => node.times > 1);
  });

  test("an announcement that fails troubles nobody, and the next is sent", async () => {
    const query = jest.spyOn(dataSource, "query").mockRejectedValueOnce(new Error("away"));
    const sender = announcer();
    sender.notifyReaders();
    await until(() => query.mock.calls.length === 1);
    const node = count(wakeUp());
    await until(() => node.times === 1);
    sender.notifyReaders();
    await until(() => node.times === 2);
    query.mockRestore();
  });
});

(!hasRedis() ? describe.skip : describe)("by Redis", () => {
  let redis: TestRedis;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.stop());

  test("wakes whoever waits, on every node, and leaves PostgreSQL alone", async () => {
    const nodes = [count(wakeUp(redis.url)), count(wakeUp(redis.url))];
    await until(() => nodes.every(({ times }) => times === 1));
    const query = jest.spyOn(dataSource, "query");
    const sender = announcer(redis.url);
    await until(async () => {
      sender.notifyReaders(); // its connection may not stand yet
      return nodes.every(({ times }) => times > 1);
    });
    expect(query).not.toHaveBeenCalled();
    query.mockRestore();
  });

  test("reconnects when Redis was restarted, and counts that as news", async () => {
    const node = count(wakeUp(redis.url));
    const sender = announcer(redis.url);
    await until(() => node.times === 1);
    await redis.kill();
    sender.notifyReaders(); // lost, and nobody minds
    await redis.start();
    await until(() => node.times === 2);
    await until(async () => {
      sender.notifyReaders();
      return node.times > 2;
    });
  });

  test("begins without Redis, and hears as soon as it is there", async () => {
    await redis.kill();
    const node = count(wakeUp(redis.url));
    await redis.start();
    await until(() => node.times === 1);
  });

  test("a line that is dead without a word is noticed and replaced, and that counts as news", async () => {
    const proxy = await startTcpProxy(redis.url);
    open.push(proxy);
    const node = count(wakeUp(proxy.url));
    await until(() => node.times === 1);
    proxy.freeze();
    await until(() => node.times === 2);
    const sender = announcer(redis.url);
    await until(async () => {
      sender.notifyReaders();
      return node.times > 2;
    });
  });

  test("a Redis that accepts the connection and never answers is given up, and heard once it answers", async () => {
    const proxy = await startTcpProxy(redis.url);
    open.push(proxy);
    proxy.swallow();
    const node = count(wakeUp(proxy.url));
    proxy.thaw();
    await until(() => node.times === 1);
  });

  test("gives up on a Redis that does not answer: stopping does not wait for it without end", async () => {
    const sender = announcer(redis.url);
    const node = count(wakeUp(redis.url));
    await until(async () => {
      sender.notifyReaders();
      return node.times > 1;
    });
    redis.pause();
    sender.notifyReaders();
    await sender.stop();
    open.splice(
      open.findIndex((one) => one === sender),
      1,
    );
  });

  test("the doctor's check passes, and says why it does not", async () => {
    await publishOnce(redis.url);
    await redis.kill();
    await expect(publishOnce(redis.url)).rejects.toThrow(/ECONNREFUSED/);
  });
});
