import { Client } from "pg";
import { FormThread } from "../../src/forms/formThread";
import { ConcurrencyLimit } from "../../src/services/concurrencyLimit";
import { transports } from "../hostile/support/transports";
import { act, mutationOf, submit } from "../support/api/changes";
import { readMetrics } from "../support/api/metrics";
import {
  dana,
  elena,
  kim,
  nobody,
  operator,
  sam,
  startTestApi,
  unlimited,
  type GraphqlAnswer,
  type TestApi,
} from "../support/api/testApi";
import { until } from "../support/until";
import { watchFeed } from "../support/api/watchFeed";

/**
 * F7: what one person asks, however slow it is, leaves the others a quarter of the connections; what several ask
 * leaves some too.
 */

const poolSize = 10;
const share = Math.floor((poolSize * 3) / 4);
const report = "abcd".replace(/./g, (alias) => `${alias}: cocpEvents(first: 1) { edges { node { id } } } `);

let api: TestApi;
let other: Client;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: { ...unlimited, DATABASE_POOL_SIZE: String(poolSize) } });
});
beforeEach(async () => {
  other = new Client({ connectionString: api.config.databaseUrl });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await api.clearRequests();
});
afterAll(() => api.stop());

/** Statements of the pool that wait for a lock: what looks at the feed's lag has a connection of its own. */
const waitingForLocks = async () => {
  const waiting = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query NOT LIKE '%"heldBack"%'`;
  return (await api.rows(waiting)).length;
};
const repeated = <Value>(count: number, make: () => Value) => Array.from({ length: count }, make);

/** What all the others are told meanwhile. */
async function askAsOthers(): Promise<GraphqlAnswer[]> {
  const page = "{ viewer { email } cocpRecords(first: 5) { totalCount edges { node { id } } } }";
  const all = [dana, elena, operator].flatMap((who) => repeated(5, () => api.ask(who, page)));
  return await Promise.all(all);
}

const served = { status: 200, data: { viewer: { email: expect.any(String) } } };
const busy = { code: "SERVICE_UNAVAILABLE", retryAfter: expect.any(Number) };

test("F7: while one person's slow reports come over every transport, with many reads each, others are served", async () => {
  await submit(api);
  const token = await api.tokenFor(kim);
  await other.query("BEGIN; LOCK cocp_events IN ACCESS EXCLUSIVE MODE");
  const reports = transports.flatMap(({ ask }) => repeated(8, () => ask(api, token, { query: `{ ${report} }` })));
  await until(async () => (await waitingForLocks()) === share);
  for (const answer of await askAsOthers()) expect(answer).toMatchObject(served);
  expect(await waitingForLocks()).toBeLessThanOrEqual(share);
  expect((await readMetrics(api.url)).value("changeover_database_share_waits_total")).toBeGreaterThan(0);
  await other.query("ROLLBACK");
  for (const { data, errors } of await Promise.all(reports)) {
    for (const { extensions } of errors) expect(extensions).toEqual(busy);
    if (errors.length === 0) expect(Object.values(data)).toHaveLength(4);
  }
  expect(await api.ask(kim, `{ ${report} }`)).toMatchObject({
    status: 200,
    data: { a: { edges: [expect.anything()] } },
  });
});

test("F7: while slow reports of two at one partner come, others are served", async () => {
  await other.query("BEGIN; LOCK cocp_events IN ACCESS EXCLUSIVE MODE");
  const reports = [kim, sam].flatMap((who) => repeated(8, () => api.ask(who, `{ ${report} }`)));
  await until(async () => (await waitingForLocks()) > share); // it is more than one of them may hold
  for (const answer of await askAsOthers()) expect(answer).toMatchObject(served);
  expect(await waitingForLocks()).toBeLessThan(poolSize);
  await other.query("ROLLBACK");
  for (const { errors = [] } of await Promise.all(reports)) {
    for (const { extensions } of errors) expect(extensions).toEqual(busy);
  }
});

test("F7: the same of transactions, each of which is done, or answered with SERVICE_UNAVAILABLE and not done", async () => {
  const { requestId } = await submit(api);
  await other.query("BEGIN; SELECT FROM cocp_records FOR UPDATE");
  const acts = repeated(30, () => api.ask(kim, mutationOf("acceptCocp"), { input: { requestId } }));
  await until(async () => (await waitingForLocks()) === share);
  for (const answer of await askAsOthers()) expect(answer).toMatchObject(served);
  expect(await waitingForLocks()).toBeLessThanOrEqual(share);
  await other.query("ROLLBACK");
  for (const { data, errors = [] } of await Promise.all(acts)) {
    if (errors.length === 0) expect(data.acceptCocp.records).toMatchObject([{ status: "ACCEPTED" }]);
    else expect(errors[0]?.extensions).toEqual(busy);
  }
  expect((await act(api, kim, "acceptCocp", { requestId })).userErrors).toEqual([]);
  expect(await api.rows("SELECT FROM cocp_events WHERE type = 'ACCEPTED'")).toHaveLength(1);
});

test("F7: subscriptions that only last take nothing of it: more than the share get every event, and queries their answers", async () => {
  const socket = api.socket(kim);
  try {
    const after = await api.feedNow(kim);
    const feeds = repeated(2 * poolSize, () => watchFeed(socket, { after }));
    const { requestId } = await submit(api);
    await Promise.all(feeds.map((feed) => feed.until(1)));
    await act(api, kim, "acceptCocp", { requestId });
    await Promise.all(feeds.map((feed) => feed.until(2)));
    for (const feed of feeds) expect(feed.types()).toEqual(["INITIATED", "ACCEPTED"]);
  } finally {
    await socket.dispose();
  }
});

/** Whoever reads who signed waits for an advisory lock, with which nothing is written: the feed goes on meanwhile. */
const holdSignatures = `ALTER TABLE cocp_signatures RENAME TO signatures;
  CREATE FUNCTION held(text) RETURNS text LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN $1; END $$;
  CREATE VIEW cocp_signatures AS
    SELECT request_id, held(first_name) AS first_name, last_name, signed_by, signed_at, terms_version FROM signatures`;
const letSignaturesGo =
  "DROP VIEW cocp_signatures; DROP FUNCTION held; ALTER TABLE signatures RENAME TO cocp_signatures";

test("F7: an event reaches those who share its answer with somebody whose part of the connections is in use", async () => {
  const joins =
    "INSERT INTO partner_users SELECT $1, partner_id, 'No Body', can_respond FROM partner_users WHERE email = $2";
  await api.rows(joins, [nobody, kim]);
  const { requestId } = await submit(api);
  await api.rows(holdSignatures);
  const [told, closed]: [string[], string[]] = [[], []];
  const sockets = [kim, nobody].map((email) => {
    const socket = api.socket(email, { retryAttempts: 0, on: { closed: () => void closed.push(email) } });
    const next = () => void told.push(email);
    socket.subscribe(
      { query: "subscription { cocpEvents { record { status } } }" },
      { next, error() {}, complete() {} },
    );
    return socket;
  });
  try {
    await until(async () => (await readMetrics(api.url)).value("changeover_subscriptions") === 2);
    await other.query("SELECT pg_advisory_lock(7)");
    const report = `{ cocpRequest(requestId: "${requestId}") { signature { firstName } } }`;
    const reports = repeated(share, () => api.ask(kim, report));
    await until(async () => (await waitingForLocks()) === share);
    await act(api, dana, "cancelCocp", { requestId });
    await until(() => told.includes(nobody) || closed.includes(nobody));
    expect(closed).not.toContain(nobody);
    await other.query("SELECT pg_advisory_unlock(7)");
    await Promise.all(reports);
  } finally {
    for (const socket of sockets) await socket.dispose();
    await api.rows(letSignaturesGo);
    await api.rows("DELETE FROM partner_users WHERE email = $1", [nobody]);
  }
});

const formLink = "query ($requestId: String!) { cocpRequest(requestId: $requestId) { form { downloadUrl } } }";
const formDigest = "query ($requestId: String!) { cocpRequest(requestId: $requestId) { form { sha256 } } }";

/** Accepted requests of the same customer. */
async function acceptTwo(): Promise<[string, string]> {
  const { requestId: one } = await submit(api);
  const { requestId: other } = await submit(api, { accounts: ["7701002"] });
  for (const requestId of [one, other]) await act(api, kim, "acceptCocp", { requestId });
  return [one, other];
}

test.each(["a download", "the field of GraphQL"])(
  "one person's 140 downloads delay %s of another by one form at most, and are RATE_LIMITED themselves",
  async (way) => {
    const [kims, danas] = await acceptTwo();
    const node = await api.startNode(); // forms wait until its thread has started
    const run = jest.spyOn(ConcurrencyLimit.prototype, "run");
    const render = jest.spyOn(FormThread.prototype, "render");
    const runsOf = (email: string) =>
      run.mock.invocationCallOrder.filter((_, call) => run.mock.calls[call]?.[0] === email);
    const rendersOf = (id: string) =>
      render.mock.invocationCallOrder.filter((_, call) => render.mock.calls[call]?.[0].requestId === id);
    try {
      const linkTo = async (email: string, requestId: string): Promise<string> => {
        const { data } = await node.ask(email, formLink, { requestId });
        return data.cocpRequest.form.downloadUrl.replace(api.config.publicUrl, node.url);
      };
      const [link, danasLink] = [await linkTo(kim, kims), await linkTo(dana, danas)];
      const flood = repeated(140, () => fetch(link));
      await until(() => runsOf(kim).length > 30); // more than may wait
      const own = way === "a download" ? fetch(danasLink) : node.ask(dana, formDigest, { requestId: danas });
      expect((await own).status).toBe(200);
      const [[asked = 0], [rendered = 0]] = [runsOf(dana), rendersOf(danas)];
      expect(rendered).toBeGreaterThan(asked);
      expect(rendersOf(kims).filter((order) => order > asked && order < rendered).length).toBeLessThanOrEqual(1);

      const limited = (await Promise.all(flood)).filter(({ status }) => status === 429);
      expect(limited[0]?.headers.get("retry-after")).toBe("5");
      expect(await limited[0]?.json()).toMatchObject({
        errors: [{ extensions: { code: "RATE_LIMITED", retryAfter: 5 } }],
      });
    } finally {
      run.mockRestore();
      render.mockRestore();
      await node.stop();
    }
  },
);
