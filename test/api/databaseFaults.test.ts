import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { transports } from "../hostile/support/transports";
import { act, initiate, mutationOf, proposal, submit } from "../support/api/changes";
import { keepingLogger } from "../support/api/logLines";
import { readMetrics } from "../support/api/metrics";
import { dana, kim, startTestApi, type GraphqlAnswer, type TestApi, type TestNode } from "../support/api/testApi";
import { defaultTimings } from "../../src/timings";
import { openTestServices } from "../support/api/testServices";
import { until } from "../support/until";
import { watchFeed } from "../support/api/watchFeed";

/**
 * A database that is short of something: who asks is told to come again, nothing is half done, and it heals by
 * itself.
 */

const log = keepingLogger("info");
let api: TestApi;
/** Gives statements up early; what has to succeed goes to the other node. */
let hasty: TestNode;
let other: Client;
beforeAll(async () => {
  const timings = { connection: 1_000, statement: 60_000, feedAlarm: 200, feedCheck: 50 };
  api = await startTestApi({ worker: false, environment: { DATABASE_POOL_SIZE: "2" }, timings, logger: log.logger });
  hasty = await api.startNode({ connection: 60_000, statement: 300 });
});
beforeEach(async () => {
  other = new Client({ connectionString: api.config.databaseUrl });
  other.on("error", () => {});
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await api.clearRequests();
});
afterAll(async () => {
  await hasty.stop();
  await api.stop();
});

const whoAmI = "{ viewer { email } }";
const isBusy = ({ status, errors }: GraphqlAnswer) =>
  status === 503 &&
  errors?.[0]?.extensions["code"] === "SERVICE_UNAVAILABLE" &&
  Number(errors[0].extensions["retryAfter"]) > 0;
const waitingForLocks = async () =>
  (await api.rows("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
    .length;
const events = () => api.rows<{ type: string }>("SELECT type FROM cocp_events ORDER BY position");

test("F7: when every connection waits for somebody's lock, others are soon sent away to try again, and then served", async () => {
  const { requestId } = await submit(api);
  await other.query("BEGIN; SELECT FROM cocp_records FOR UPDATE");
  const blocked = [act(api, kim, "acceptCocp", { requestId }), act(api, dana, "cancelCocp", { requestId })];
  await until(async () => (await waitingForLocks()) === 2);
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.ask(dana, whoAmI)));
  expect(answers.filter((answer) => !isBusy(answer))).toEqual([]);
  await other.query("ROLLBACK");
  const outcomes = await Promise.all(blocked);
  expect(outcomes.filter(({ records }) => records.length === 1)).toHaveLength(1);
  expect((await api.ask(dana, whoAmI)).status).toBe(200);
});

test("F7: a statement that waits for too long ends in SERVICE_UNAVAILABLE, undone, and can be sent again", async () => {
  const { requestId } = await submit(api);
  const token = await api.tokenFor(dana);
  await other.query("BEGIN; LOCK cocp_records IN ACCESS EXCLUSIVE MODE");
  const mutation = hasty.ask(kim, mutationOf("acceptCocp"), { input: { requestId } });
  const query = transports[1]?.ask({ ...api, ...hasty }, token, { query: "{ cocpRecords { totalCount } }" });
  const refusals = [(await mutation).errors, (await query)?.errors].map((errors) => errors?.[0]?.extensions);
  const busy = { code: "SERVICE_UNAVAILABLE", retryAfter: expect.any(Number) };
  expect(refusals).toEqual([busy, busy]);
  await other.query("ROLLBACK");
  expect(await events()).toHaveLength(1);
  expect(await act(api, kim, "acceptCocp", { requestId })).toMatchObject({ records: [{ status: "ACCEPTED" }] });
});

test("F7: what is busy says in a header too when to try again, over HTTP and on an event stream, before an operation runs and after", async () => {
  const token = await api.tokenFor(dana);
  const told = async (path: string, query: string) => {
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const authorization = `Bearer ${token}`;
    const response = await fetch(`${hasty.url}${path}`, {
      method: "POST",
      headers: { ...headers, authorization },
      body: JSON.stringify({ query }),
    });
    return [response.status, response.headers.get("retry-after")];
  };
  await other.query("BEGIN; LOCK cocp_records IN ACCESS EXCLUSIVE MODE");
  expect(await told("/graphql", "{ cocpRecords { totalCount } }")).toEqual([503, "5"]);
  await other.query("ROLLBACK; BEGIN; LOCK partner_users IN ACCESS EXCLUSIVE MODE");
  for (const path of ["/graphql", "/graphql/stream"]) expect(await told(path, whoAmI)).toEqual([503, "5"]);
  await other.query("ROLLBACK");
});

test("F7: a statement has five seconds by default, four of them for locks, and a connection is waited for two", async () => {
  const services = await openTestServices(api.config.databaseUrl);
  const limits = "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock";
  const found = await services.dataSource.query(limits);
  await services.close();
  expect(found).toEqual([{ statement: "5s", lock: "4s" }]);
  expect(defaultTimings).toMatchObject({ statement: 5_000, connection: 2_000 });
});

/** From now on so many writes of events fail as PostgreSQL makes transactions fail that stand in each other's way. */
async function failWrites(count: number): Promise<void> {
  await api.rows(`DROP TRIGGER IF EXISTS faulty ON cocp_events; DROP SEQUENCE IF EXISTS faults; CREATE SEQUENCE faults;
    CREATE OR REPLACE FUNCTION fail_at_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('faults') <= ${count} THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER faulty BEFORE INSERT ON cocp_events FOR EACH ROW EXECUTE FUNCTION fail_at_first()`);
}

test("E18: a transaction that fails to serialize three times is tried again, and done once", async () => {
  const { requestId } = await submit(api);
  await failWrites(3);
  expect(await act(api, kim, "acceptCocp", { requestId })).toMatchObject({ records: [{ status: "ACCEPTED" }] });
  await failWrites(0);
  expect((await events()).map(({ type }) => type)).toEqual(["INITIATED", "ACCEPTED"]);
  expect(await api.rows("SELECT FROM cocp_notifications WHERE kind = 'ACCEPTED'")).toHaveLength(1);
});

test("E18: one that goes on failing is answered with 503, leaves nothing behind, and may be sent again under its key", async () => {
  const input = { ...(await proposal(api)), idempotencyKey: "once" };
  await failWrites(1_000);
  const mutation = `mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { request { requestId } } }`;
  expect(isBusy(await api.ask(dana, mutation, { input }))).toBe(true);
  expect(await api.rows("SELECT last_value::integer FROM faults")).toEqual([{ last_value: 4 }]); // three times more
  for (const table of ["cocp_requests", "cocp_records", "cocp_notifications", "idempotency_keys"]) {
    expect([table, await api.rows(`SELECT FROM ${table}`)]).toEqual([table, []]);
  }
  await failWrites(0);
  expect(await initiate(api, dana, input)).toMatchObject({ replayed: false, userErrors: [] });
  expect(await initiate(api, dana, input)).toMatchObject({ replayed: true });
});

test("E18: a deadlock with somebody who locks in another order is resolved, and the answer is given", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await other.query("BEGIN; SET LOCAL deadlock_timeout = '60s'");
  const lock = (place: string) =>
    other.query(`SELECT FROM cocp_records WHERE id = (SELECT ${place}(id::text)::uuid FROM cocp_records) FOR UPDATE`);
  await lock("max");
  const accepting = act(api, kim, "acceptCocp", { requestId });
  await until(async () => (await waitingForLocks()) === 1);
  await lock("min"); // waits until the other side, which began to wait earlier, has given way
  await other.query("ROLLBACK");
  const { records, userErrors } = await accepting;
  expect(userErrors).toEqual([]);
  expect(records.map(({ id }) => id).toSorted()).toEqual(recordIds.toSorted());
});

test("G-2: a forgotten transaction holds the feed up, which alarms after a while; once ended, nothing is lost", async () => {
  const socket = api.socket(kim);
  const feed = watchFeed(socket, { after: await api.feedNow(kim) });
  const rules = readFileSync(join(__dirname, "../../examples/prometheus/changeover-rules.yml"), "utf8");
  const threshold = Number(/expr: max\(changeover_feed_lag_seconds\) > (\d+)\n +labels/.exec(rules)?.[1]);
  // A long transaction of another database of this server holds the feed back as well: what counts is the last line.
  const lastLine = () => log.lines.findLast(({ msg }) => msg === "the feed is held back" || msg === "the feed goes on");
  try {
    await other.query("BEGIN; SELECT pg_current_xact_id()");
    await submit(api);
    await until(() => lastLine()?.msg === "the feed is held back");
    expect(lastLine()).toEqual(expect.objectContaining({ cure: expect.stringMatching("^end it") }));
    const lag = async () => (await readMetrics(api.url)).value("changeover_feed_lag_seconds") ?? 0;
    await until(async () => (await lag()) > 0.2);
    expect(threshold * 1_000).toBe(defaultTimings.feedAlarm);
    expect(feed.types()).toEqual([]);
    await other.query("SET idle_in_transaction_session_timeout = 100"); // the service's own have 10 seconds
    await feed.until(1);
    expect(feed.types()).toEqual(["INITIATED"]);
    await until(() => lastLine()?.msg === "the feed goes on");
  } finally {
    await socket.dispose();
  }
});

test("G-2: the service itself forgets none: PostgreSQL ends what its connections leave idle for 10 seconds", async () => {
  const services = await openTestServices(api.config.databaseUrl);
  const shown = await services.dataSource.query("SHOW idle_in_transaction_session_timeout");
  await services.close();
  expect(shown).toEqual([{ idle_in_transaction_session_timeout: "10s" }]);
});

test.each(["acceptCocp", "cancelCocp"] as const)(
  "%s, its connection cut in the middle, is answered with 503, and can be sent again",
  async (name) => {
    const who = name === "acceptCocp" ? kim : dana;
    const { requestId } = await submit(api);
    await other.query("BEGIN; SELECT FROM cocp_records FOR UPDATE");
    const cut = api.ask(who, mutationOf(name), { input: { requestId } });
    await until(async () => (await waitingForLocks()) === 1);
    await api.rows(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    expect(isBusy(await cut)).toBe(true);
    await other.query("ROLLBACK");
    expect((await act(api, who, name, { requestId })).userErrors).toEqual([]);
    expect(await events()).toHaveLength(2);
  },
);
