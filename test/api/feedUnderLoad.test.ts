import { Client } from "pg";
import type { Client as SocketClient } from "graphql-ws";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { globalId } from "../../src/resolvers/globalId";
import { actOnAll, submit } from "../support/api/changes";
import { copiedEvent } from "../support/data/manyEvents";
import { dana, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { watchFeed } from "../support/api/watchFeed";

/** Two nodes read one log while many write to it. */

const writerCount = 16;
const transactionsEach = 20;

let api: TestApi;
let other: Awaited<ReturnType<TestApi["startNode"]>>;
const clients: SocketClient[] = [];
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  other = await api.startNode();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  await api.clearRequests();
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

function connect(node: { readonly url: string }, email: string): SocketClient {
  const client = createClient({
    url: `${node.url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await api.tokenFor(email)}` }),
  });
  clients.push(client);
  return client;
}

function watch(node: { readonly url: string }, email: string, after: string) {
  return watchFeed(connect(node, email), { after });
}

/** The log after its first event, in the order of the feed. */
async function log(): Promise<string[]> {
  const rows = await api.rows<{ id: string }>("SELECT id FROM cocp_events ORDER BY transaction_id, position OFFSET 1");
  return rows.map(({ id }) => globalId("CocpEvent", id));
}

/** Writes events, one a transaction: of twenty one is slow to commit, and another is taken back. */
async function write(writer: number): Promise<void> {
  const client = new Client({ connectionString: api.config.databaseUrl });
  await client.connect();
  for (let turn = 0; turn < transactionsEach; turn += 1) {
    const number = 100 + writer * transactionsEach + turn;
    const kind = (number * 7) % 20;
    await client.query("BEGIN");
    await client.query(copiedEvent(String(number), "NOTIFICATION_CONTACT_UPDATED"));
    if (kind === 0) await client.query("SELECT pg_sleep(0.2)");
    await client.query(kind === 1 ? "ROLLBACK" : "COMMIT");
  }
  await client.end();
}

test("G-1 G-3: of 16 writers, some slow and some taking back, every commit comes once to subscribers of either node", async () => {
  await submit(api);
  const after = await api.feedNow(dana);
  const watches = [api, other, api, other].map((node) => watch(node, dana, after));
  await Promise.all(Array.from({ length: writerCount }, (_, writer) => write(writer)));
  const written = await log();
  expect(written).toHaveLength((writerCount * transactionsEach * 19) / 20);
  for (const { until, events } of watches) {
    await until(written.length);
    expect(events.map(({ id }) => id)).toEqual(written);
  }
});

test.each([dana, kim, operator])(
  "%s misses no event that is written while it comes, whenever it comes",
  async (who) => {
    await submit(api);
    const start = await api.feedNow(who);
    const others = watch(api, dana, start);
    const joins = 40;
    const over = new AbortController();
    const writing = withClient(api.config.databaseUrl, async (client) => {
      for (let number = 100; !over.signal.aborted; number += 1) {
        await client.query(copiedEvent(String(number), "NOTIFICATION_CONTACT_UPDATED"));
        await client.query("SELECT pg_notify('cocp_events', '')");
      }
    });
    const client = connect(api, who);
    for (let join = 0; join < joins; join += 1) {
      const seen = others.events.length;
      const after = others.events.at(-1)?.cursor ?? start;
      const joined = watchFeed(client, { after });
      await joined.until(20);
      joined.stop();
      const got = joined.events.map(({ id }) => id);
      await others.until(seen + got.length);
      expect(got).toEqual(others.events.slice(seen, seen + got.length).map(({ id }) => id));
    }
    over.abort();
    await writing;
  },
);

test("G-10: five quick changes of a record come in its own order to each subscriber", async () => {
  const { requestId } = await submit(api);
  const after = await api.feedNow(dana);
  const watches = [
    watch(api, dana, after),
    watch(other, dana, after),
    watch(api, kim, after),
    watch(other, kim, after),
  ];
  for (let change = 1; change <= 4; change += 1) {
    const partnerNotificationContact = `person${change}@harrowgate.example`;
    await actOnAll(api, dana, "updatePartnerNotificationContact", { requestId, partnerNotificationContact });
  }
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const rows = await api.rows<{ id: string }>("SELECT id FROM cocp_events WHERE sequence > 1 ORDER BY sequence");
  expect(rows).toHaveLength(5);
  for (const { until, events } of watches) {
    await until(5);
    expect(events.map(({ id }) => id)).toEqual(rows.map(({ id }) => globalId("CocpEvent", id)));
  }
});

test("G-4: who dies before it has noted its place is given the same again, under the same id and cursor", async () => {
  const after = await api.feedNow(dana);
  await submit(api, { accounts: ["7701001", "7701002"] });
  const first = watch(api, dana, after);
  const events = [...(await first.until(2))];
  await clients[0]?.dispose();
  const again = watch(other, dana, events[0]?.cursor ?? "");
  expect(await again.until(1)).toEqual(events.slice(1));
});

test("G-7: an event that nobody announced is found all the same", async () => {
  const quick = await api.startNode({ feedPoll: 50 });
  await submit(api);
  const client = connect(quick, dana);
  const live = watchFeed(client, { after: await api.feedNow(dana) });
  for (const number of ["7", "8", "9"]) {
    await api.rows(copiedEvent(number, "NOTIFICATION_CONTACT_UPDATED"));
    await live.until(Number(number) - 6);
  }
  await client.dispose();
  await quick.stop();
});
