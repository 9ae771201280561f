import { once } from "node:events";
import { connect } from "node:net";
import { Client } from "pg";
import { dana, joan, rafael, startTestApi, type TestApi } from "../support/api/testApi";
import { submit } from "../support/api/changes";
import { readMetrics } from "../support/api/metrics";
import { setReachable } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";
import { waitFor } from "../support/waitFor";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    worker: false,
    environment: { DATABASE_POOL_SIZE: "2", DRAIN_SECONDS: "1", DRAIN_REQUEST_SECONDS: "1" },
    timings: { healthCache: 20 },
  });
});
afterAll(() => api.stop());
beforeEach(() => api.clearRequests());

const ready = async (url = api.url) => {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const value = async (name: string, labels: Record<string, string> = {}) =>
  (await readMetrics(api.url)).value(`changeover_${name}`, labels);
/** Waits until a series fits. */
const shows = (name: string, fits: (found: number) => boolean, labels: Record<string, string> = {}) =>
  until(async () => {
    const found = await value(name, labels);
    return found !== null && fits(found);
  });

describe("/readyz", () => {
  test("names what it looked at", async () => {
    const ok = { ok: true };
    expect(await ready()).toEqual({
      status: 200,
      body: { status: "ready", checks: { serving: ok, database: ok, migrations: ok, issuer: ok } },
    });
  });

  test("says that the database is away, and that it is back", async () => {
    await setReachable(api.config.databaseUrl, false);
    try {
      await until(async () => (await ready()).status === 503);
      const { body } = await ready();
      const problem = expect.stringMatching(/^the database can't be reached \(\w+\)$/);
      expect(body).toMatchObject({ status: "not ready", problem, checks: { database: { ok: false, problem } } });
      expect(await value("database_up")).toBe(0);
      expect(await value("jobs_due")).toBeNull();
    } finally {
      await setReachable(api.config.databaseUrl, true);
    }
    await until(async () => (await ready()).status === 200);
    await shows("database_up", (up) => up === 1);
  });

  test("says that a newer build has migrated, unless the database still admits this one", async () => {
    const name = "Later0099000000000";
    await api.rows("INSERT INTO changeover_migrations (timestamp, name) VALUES (99000000000, $1)", [name]);
    try {
      await until(async () => (await ready()).status === 503);
      expect((await ready()).body).toMatchObject({ problem: expect.stringContaining(name) });
      await expect(api.startNode()).rejects.toThrow(/newer than this build/);
      await api.rows("INSERT INTO changeover_builds VALUES ($1, 7)", [name]);
      await until(async () => (await ready()).status === 200);
      await (await api.startNode()).stop();
    } finally {
      await api.rows("DELETE FROM changeover_builds WHERE migration = $1", [name]);
      await api.rows("DELETE FROM changeover_migrations WHERE name = $1", [name]);
    }
    await until(async () => (await ready()).status === 200);
  });

  test("says which migrations are missing", async () => {
    const [newest] = await api.rows<{ name: string }>(
      "SELECT name FROM changeover_migrations ORDER BY id DESC LIMIT 1",
    );
    await api.rows("DELETE FROM changeover_migrations WHERE name = $1", [newest?.name]);
    try {
      await until(async () => JSON.stringify(await ready()).includes("pending"));
      expect((await ready()).body).toMatchObject({
        problem: `migrations are pending (run changeover migrate): ${newest?.name}`,
        checks: { serving: { ok: true }, database: { ok: true }, migrations: { ok: false } },
      });
    } finally {
      await api.rows("INSERT INTO changeover_migrations (timestamp, name) VALUES (0, $1)", [newest?.name]);
    }
    await until(async () => (await ready()).status === 200);
  });

  test("says that the process is going away while it still listens; then only requests that have arrived are answered", async () => {
    const node = await api.startNode();
    const { port } = new URL(node.url);
    const closed: string[] = [];
    const open = (name: string, text = "") => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(text);
      return { socket, closing: once(socket, "close").then(() => void closed.push(name)) };
    };
    await withClient(api.config.databaseUrl, async (client) => {
      await client.query("BEGIN; LOCK TABLE billing_accounts");
      const body = JSON.stringify({ query: "{ billingAccounts(first: 1) { totalCount } }" });
      const authorization = `Bearer ${await api.tokenFor(dana)}`;
      const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: ${authorization}\r\n`;
      const whole = open("whole", `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
      const others = [
        open("unused"),
        open("half a head", head),
        open("half a body", `${head}Content-Length: 9\r\n\r\n{`),
      ];
      for (const { socket } of others) socket.resume();
      let answer = "";
      whole.socket.on("data", (chunk) => void (answer += chunk.toString()));
      await until(async () => (await client.query(waitsForLock)).rowCount === 1);
      const stopped = node.stop();

      const response = await fetch(`${node.url}/readyz`);
      expect([response.status, response.headers.get("connection")]).toEqual([503, "close"]);
      expect(await response.json()).toMatchObject({ problem: "the process is shutting down" });
      expect((await node.data(dana, "{ viewer { email } }")).viewer).toEqual({ email: dana });

      await Promise.all(others.map(({ closing }) => closing));
      await expect(fetch(`${node.url}/readyz`)).rejects.toThrow();
      await client.query("COMMIT");
      await whole.closing;
      expect(closed[0]).toBe("unused");
      expect(closed.at(-1)).toBe("whole");
      expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*Connection: close\r\n/i);
      await stopped;
    });
  });
});

const waitsForLock =
  "SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND d.datname = current_database()";

test("a forgotten transaction shows as the feed's lag, with the events behind it", async () => {
  const forgotten = new Client({ connectionString: api.config.databaseUrl });
  await forgotten.connect();
  try {
    await forgotten.query("BEGIN");
    await forgotten.query("SELECT pg_current_xact_id()");
    await submit(api);
    await shows("feed_held_back_events", (events) => events === 1);
    const lag = (await value("feed_lag_seconds")) ?? 0;
    await shows("feed_lag_seconds", (later) => later > lag);
    const holdback = (await value("feed_holdback_seconds")) ?? 0;
    await shows("feed_holdback_seconds", (later) => later > holdback);
  } finally {
    await forgotten.end();
  }
  await shows("feed_held_back_events", (events) => events === 0);
  expect(await value("feed_lag_seconds")).toBe(0);
});

test("without a worker, jobs and mail grow old where an alert can see them", async () => {
  await submit(api);
  await shows("notifications_queued", (queued) => queued === 1);
  await shows("jobs_due", (due) => due >= 1);
  await api.rows("UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 hour'");
  await shows("jobs_lag_seconds", (lag) => lag > 3_599);
  const mailLag = (await value("notifications_lag_seconds")) ?? 0;
  await shows("notifications_lag_seconds", (lag) => lag > mailLag);
  expect(await value("notifications_recent", { state: "QUEUED" })).toBe(1);
  expect(await value("jobs", { task: "sendNotification", state: "due" })).toBe(1);
  await shows("job_lag_seconds", (lag) => lag > 3_599, { task: "sendNotification" });
  expect(await value("workers")).toBe(0);

  await api.rows("UPDATE graphile_worker._private_jobs SET attempts = max_attempts");
  await shows("jobs_failed", (failed) => failed >= 1);
  expect(await value("jobs_due")).toBe(0);

  const worker = await api.startWorker();
  await shows("workers", (workers) => workers === 1);
  await worker.stop();
  await shows("workers", (workers) => workers === 0);
});

test("a record whose time has come shows until it is settled", async () => {
  await submit(api);
  await shows("records_due", (due) => due === 0);
  await api.rows("UPDATE cocp_records SET expires_at = now() - interval '1 hour'");
  await shows("records_due", (due) => due === 1);
  expect(await value("records_due_lag_seconds")).toBeGreaterThan(3_599);
});

test("a pool whose connections are all taken shows, and who waits for one; the metrics do not wait with them", async () => {
  await withClient(api.config.databaseUrl, async (client) => {
    await client.query("BEGIN; LOCK TABLE billing_accounts");
    const asked = [dana, rafael, joan].map((who) => api.ask(who, "{ billingAccounts(first: 1) { totalCount } }"));
    const metrics = await waitFor("who waits", async () => {
      const found = await readMetrics(api.url);
      return (found.value("changeover_database_pool_waiting") ?? 0) > 0 && found;
    });
    expect(metrics.value("changeover_database_pool_connections", { state: "in_use" })).toBe(2);
    expect(metrics.value("changeover_database_pool_max_connections")).toBe(2);
    expect((await ready()).status).toBe(200);
    await client.query("COMMIT");
    // Who waits for too long is told to come again.
    const codes = (await Promise.all(asked)).flatMap(({ errors = [] }) =>
      errors.map(({ extensions }) => extensions["code"]),
    );
    expect(codes.filter((code) => code !== "SERVICE_UNAVAILABLE")).toEqual([]);
  });
  await shows("database_pool_waiting", (waiting) => waiting === 0);
  expect(await value("database_pool_wait_seconds_count")).toBeGreaterThan(0);
});

test("the version is told, and the event loop's delay", async () => {
  expect(await value("build_info")).toBe(1);
  expect((await readMetrics(api.url)).value("nodejs_eventloop_lag_p99_seconds")).not.toBeNull();
});
