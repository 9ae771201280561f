import type { Client as SocketClient } from "graphql-ws";
import { globalId } from "../../src/resolvers/globalId";
import { act, actOnAll, submit } from "../support/api/changes";
import { keepingLogger } from "../support/api/logLines";
import { copiedEvent, writeEvents } from "../support/data/manyEvents";
import { dana, kim, startTestApi, type TestApi, type TestNode } from "../support/api/testApi";
import { setReachable } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { waitFor } from "../support/waitFor";
import { watchFeed, type FeedEvent } from "../support/api/watchFeed";

/** SOAK=1 makes the longest test longer. */
const behind = process.env["SOAK"] ? 100_000 : 10_000;

const log = keepingLogger("warn");
let api: TestApi;
let clients: SocketClient[] = [];
beforeAll(async () => {
  api = await startTestApi({ worker: false, logger: log.logger, timings: { healthCache: 20 } });
});
afterEach(async () => {
  for (const client of clients) await client.dispose();
  clients = [];
  await api.clearRequests();
});
afterAll(() => api.stop());

function socket(email = dana, node: TestNode = api): SocketClient {
  const client = node.socket(email, { retryAttempts: 20, retryWait: async () => {}, shouldRetry: () => true });
  clients.push(client);
  return client;
}

const feedNow = (email = dana): Promise<string> => api.feedNow(email);

/** Every event of the log that dana may see, in the order of the feed. */
async function wholeFeed(): Promise<FeedEvent[]> {
  const query = `query ($after: String) { cocpEvents(first: 100, after: $after) {
    nodes { id cursor type requestId } pageInfo { hasNextPage endCursor } } }`;
  const events: FeedEvent[] = [];
  for (let after: string | null = null; ;) {
    const { cocpEvents } = await api.data(dana, query, { after });
    events.push(...cocpEvents.nodes);
    if (!cocpEvents.pageInfo.hasNextPage) return events;
    after = cocpEvents.pageInfo.endCursor;
  }
}

/** A request that is submitted, canceled in part and accepted: five events. */
async function story(accounts: readonly string[]): Promise<void> {
  const { requestId, recordIds } = await submit(api, { accounts });
  await actOnAll(api, dana, "cancelCocp", { requestId, recordIds: recordIds.slice(0, 1) });
  await actOnAll(api, kim, "declineCocp", { requestId });
}
const storyTypes = ["INITIATED", "INITIATED", "CANCELLATION_REQUESTED", "DECLINED"];

test("pushes what happens, in order", async () => {
  const watch = watchFeed(socket(), { after: await feedNow() });
  await story(["7701001", "7701002"]);
  await watch.until(4);
  expect(watch.types()).toEqual(storyTypes);
  expect(watch.events).toEqual(await wholeFeed());
});

test("a notification is enough: events come on a node that hardly ever reads the log without one", async () => {
  const node = await api.startNode({ feedPoll: 600_000 });
  const { requestId } = await submit(api);
  const watch = watchFeed(socket(dana, node), { after: await feedNow() });
  for (let round = 1; round <= 6; round += 1) {
    const partnerNotificationContact = `person${round}@harrowgate.example`;
    await actOnAll(api, dana, "updatePartnerNotificationContact", { requestId, partnerNotificationContact });
    await watch.until(round - 1); // the newest may be held back by a transaction elsewhere on the server
    await api.feedSettled();
  }
  watch.stop();
  await node.stop();
});

test.each([{}, { after: null }])("without a cursor (%p) it begins now, not with what was before", async (options) => {
  const { requestId } = await submit(api);
  await api.feedSettled();
  const watch = watchFeed(socket(), options);
  for (let day = 1; watch.events.length === 0; day += 1) {
    const partnerNotificationContact = `person${day}@harrowgate.example`;
    await actOnAll(api, dana, "updatePartnerNotificationContact", { requestId, partnerNotificationContact });
  }
  await act(api, kim, "acceptCocp", { requestId });
  await waitFor("the acceptance", async () => watch.types().includes("ACCEPTED"));
  expect(new Set(watch.types())).toEqual(new Set(["NOTIFICATION_CONTACT_UPDATED", "ACCEPTED"]));
});

test("after a cursor come first what happened since, then what happens", async () => {
  const before = await feedNow();
  await story(["7701001", "7701002"]);
  const watch = watchFeed(socket(), { after: before });
  await watch.until(4);
  await story(["7701003", "7701004"]);
  await watch.until(8);
  expect(watch.types()).toEqual([...storyTypes, ...storyTypes]);
});

test("each event's cursor continues right after it", async () => {
  await story(["7701001", "7701002"]);
  const feed = await wholeFeed();
  for (const [index, { cursor }] of feed.entries()) {
    if (index === feed.length - 1) continue;
    const watch = watchFeed(socket(), { after: cursor });
    expect(await watch.until(feed.length - 1 - index)).toEqual(feed.slice(index + 1));
  }
});

test("loses nothing and repeats nothing when the socket is cut again and again meanwhile", async () => {
  const client = socket();
  const watch = watchFeed(client, { after: await feedNow() });
  for (const accounts of [["7701001"], ["7701002"], ["7701003"], ["7701004"], ["7701007"], ["7701008"]]) {
    const { requestId } = await submit(api, { accounts });
    client.terminate();
    await Promise.all([act(api, kim, "acceptCocp", { requestId }), act(api, dana, "cancelCocp", { requestId })]);
  }
  await watch.until(12);
  expect(watch.events).toEqual(await wholeFeed());
});

test("the records' page hands over to the feed: nothing between the two is lost", async () => {
  const { requestId } = await submit(api);
  await api.feedSettled();
  const query = "{ cocpRecords { feedCursor nodes { status } } }";
  const { feedCursor, nodes } = (await api.data(dana, query)).cocpRecords;
  expect(nodes).toEqual([{ status: "IN_PROGRESS" }]);
  await act(api, kim, "acceptCocp", { requestId });
  const watch = watchFeed(socket(), { after: feedCursor });
  await watch.until(1);
  expect(watch.types().at(-1)).toBe("ACCEPTED");
});

test("waits for a transaction that began earlier and commits later, and keeps the order", async () => {
  const cursor = await feedNow();
  const watch = watchFeed(socket(), { after: cursor });
  await withClient(api.config.databaseUrl, async (slow) => {
    await slow.query("BEGIN");
    await slow.query("SELECT pg_current_xact_id()");
    const { requestId } = await submit(api);
    await act(api, kim, "acceptCocp", { requestId });
    // The slow one writes an event of its own, under its older transaction: as a copy of one that is there already.
    await slow.query(`INSERT INTO cocp_events (record_id, sequence, type, occurred_at, actor, previous_status, status,
        effective_date, facts, request_id, billing_account_id, new_partner_id)
      SELECT record_id, 99, 'EFFECTIVE_DATE_AMENDED', occurred_at, 'OPERATIONS', status, status, effective_date, '{}',
        request_id, billing_account_id, new_partner_id FROM cocp_events WHERE type = 'ACCEPTED'`);
    expect(await wholeFeed()).toEqual([]);
    expect(watch.events).toEqual([]);
    await slow.query("COMMIT");
  });
  await watch.until(3);
  expect(watch.types()).toEqual(["EFFECTIVE_DATE_AMENDED", "INITIATED", "ACCEPTED"]);
  expect(watch.events).toEqual(await wholeFeed());
});

test("a transaction that only reads, such as that of pg_dump, holds nothing back", async () => {
  const watch = watchFeed(socket(), { after: await feedNow() });
  await withClient(api.config.databaseUrl, async (reader) => {
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT FROM cocp_events");
    await submit(api);
    await watch.until(1);
    await reader.query("ROLLBACK");
  });
});

test("goes on by itself after the database was away for a while", async () => {
  const watch = watchFeed(socket(), { after: await feedNow() });
  await submit(api, { accounts: ["7701001"] });
  await watch.until(1);
  await setReachable(api.config.databaseUrl, false);
  const isNoticed = () => log.lines.some(({ msg }) => String(msg).startsWith("the end of the log can't be read"));
  await waitFor("the feed to miss the database", async () => isNoticed());
  await setReachable(api.config.databaseUrl, true);
  await submit(api, { accounts: ["7701002"] });
  await watch.until(2);
  expect(watch.types()).toEqual(["INITIATED", "INITIATED"]);
});

test("many subscribers of one event all get it, and leave without a trace", async () => {
  const after = await feedNow();
  const watches = Array.from({ length: 18 }, () => watchFeed(socket(), { after }));
  await submit(api);
  for (const watch of watches) expect(await watch.until(1)).toHaveLength(1);
  for (const watch of watches) watch.stop();
  expect(await Promise.all(watches.map(({ ended }) => ended))).toEqual(watches.map(() => null));
});

test("a cursor that lies ahead of the feed is INVALID_CURSOR, for the page and for the subscription", async () => {
  const ahead = Buffer.from(JSON.stringify(["feed", "900000000000000", "0"])).toString("base64url");
  const { errors } = await api.ask(dana, `{ cocpEvents(after: "${ahead}") { nodes { id } } }`);
  expect(errors).toMatchObject([{ extensions: { code: "INVALID_CURSOR" } }]);
  expect(await watchFeed(socket(), { after: ahead }).ended).toMatchObject([{ extensions: { code: "INVALID_CURSOR" } }]);
});

test("a cursor from a record's history that the feed has not come to yet is told to come again, and then goes on", async () => {
  await withClient(api.config.databaseUrl, async (slow) => {
    await slow.query("BEGIN");
    await slow.query("SELECT pg_current_xact_id()");
    const { requestId } = await submit(api);
    const { cocpRecords } = await api.data(dana, "{ cocpRecords { nodes { events { cursor } } } }");
    const { cursor } = cocpRecords.nodes[0].events.at(-1);
    const { errors } = await api.ask(dana, `{ cocpEvents(after: "${cursor}") { nodes { id } } }`);
    expect(errors).toMatchObject([
      { extensions: { code: "SERVICE_UNAVAILABLE", retryAfter: expect.any(Number) as number } },
    ]);
    const watch = watchFeed(socket(), { after: cursor });
    await slow.query("COMMIT");
    await act(api, kim, "acceptCocp", { requestId });
    await watch.until(1);
    expect(watch.types()).toEqual(["ACCEPTED"]);
  });
});

test("while a transaction stays open and a thousand others commit, nothing is skipped, and the metrics show the lag", async () => {
  await submit(api);
  const watch = watchFeed(socket(), { after: await feedNow() });
  const metric = async (name: string) => {
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    return Number(new RegExp(`^changeover_${name} (.*)$`, "m").exec(metrics)?.[1]);
  };
  await withClient(api.config.databaseUrl, async (slow) => {
    await slow.query("BEGIN");
    await slow.query(copiedEvent("2", "EFFECTIVE_DATE_AMENDED"));
    await writeEvents(api, 3, 1_000);
    await waitFor("all of them to be held back", async () => (await metric("feed_held_back_events")) === 1_000);
    const lag = await metric("feed_lag_seconds");
    await waitFor("the lag to grow", async () => (await metric("feed_lag_seconds")) > lag);
    expect(watch.events).toEqual([]);
    await slow.query("COMMIT");
  });
  await watch.until(1_001);
  expect(watch.events).toEqual((await wholeFeed()).slice(1));
  expect(watch.types().indexOf("EFFECTIVE_DATE_AMENDED")).toBe(0);
  await waitFor("the lag to be over", async () => (await metric("feed_lag_seconds")) === 0);
});

test("G-5: catches up with thousands of events while others are written, without a gap and without a double", async () => {
  await submit(api);
  const after = await feedNow();
  await writeEvents(api, 2, behind);
  const watch = watchFeed(socket(), { after });
  const writing = writeEvents(api, behind + 2, 2_000);
  await watch.until(1);
  await writing;
  await watch.until(behind + 2_000);
  const numbers = await api.rows<{ id: string }>(
    "SELECT id FROM cocp_events ORDER BY transaction_id, position OFFSET 1",
  );
  expect(watch.events.map(({ id }) => id)).toEqual(numbers.map(({ id }) => globalId("CocpEvent", id)));
});
