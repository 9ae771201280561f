import { act, actOnAll, submit } from "../support/api/changes";
import { advance, type Advance } from "../support/api/sandbox";
import { dana, kim, startTestApi, stellan, type TestApi } from "../support/api/testApi";
import { startTcpProxy } from "../support/network/tcpProxy";
import { until } from "../support/until";
import { waitFor } from "../support/waitFor";

const day = 86_400_000;
const mutation = "mutation ($input: AdvanceSandboxClockInput!) { advanceSandboxClock(input: $input) { now } }";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: { SANDBOX: "on" } });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

/** The time of the service. */
const now = async () => (await advance(api, {})).getTime();

/** The clock goes on while a test runs, which is less than a minute. */
const isAbout = (actual: number, expected: number) => {
  expect(actual).toBeGreaterThanOrEqual(expected);
  expect(actual).toBeLessThan(expected + 60_000);
};

test("the clock moves by the sum of days, hours and minutes, and not at all when nothing is said", async () => {
  const start = await now();
  isAbout((await advance(api, { days: 1, hours: 2, minutes: 3 })).getTime(), start + day + 2 * 3_600_000 + 3 * 60_000);
  isAbout((await advance(api, { hours: 30 })).getTime(), start + 2 * day + 8 * 3_600_000 + 3 * 60_000);
  isAbout(await now(), start + 2 * day + 8 * 3_600_000 + 3 * 60_000);
});

const unusable: [string, Advance, string[]][] = [
  ["days back", { days: -1 }, ["input", "days"]],
  ["hours back, although the sum goes forward", { days: 2, hours: -1 }, ["input", "hours"]],
  ["minutes back", { minutes: -1 }, ["input", "minutes"]],
  ["more than 400 days", { days: 400, minutes: 1 }, ["input"]],
  ["more days than there are", { days: 2_147_483_647, hours: 2_147_483_647, minutes: 2_147_483_647 }, ["input"]],
];

test.each(unusable)("the clock is not moved by %s", async (_what, input, field) => {
  const before = await now();
  const { data, errors } = await api.ask(dana, mutation, { input });
  expect(data).toBeNull();
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field } }]);
  isAbout(await now(), before);
});

test("400 days are possible in one call, for anybody who is signed in", async () => {
  const before = await now();
  const { data } = await api.ask(stellan, mutation, { input: { days: 399, hours: 24 } });
  isAbout(Date.parse(data.advanceSandboxClock.now), before + 400 * day);
});

test("without the sandbox nobody moves the clock", async () => {
  const real = await startTestApi({ worker: false });
  try {
    const { errors } = await real.ask(dana, mutation, { input: { days: 1 } });
    expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    const { data } = await real.ask(dana, "{ previewCocp(changes: []) { respondBy } }");
    isAbout(Date.parse(data.previewCocp.respondBy), Date.now() + 10 * day - 60_000 / 2);
  } finally {
    await real.stop();
  }
});

test("the answer comes when what fell due is written down, with no worker running", async () => {
  await submit(api, { accounts: ["7701001", "7701002"] });
  await advance(api, { days: 30 });
  expect(await api.rows("SELECT status FROM cocp_records")).toEqual(Array(2).fill({ status: "EXPIRED" }));
});

test("all nodes and workers go by the same clock", async () => {
  const node = await api.startNode();
  const worker = await api.startWorker();
  try {
    const { requestId } = await submit(api);
    const submittedAt = await now();
    await advance(api, { days: 12 });
    const authorization = `Bearer ${await api.tokenFor(dana)}`;
    const ask = async (query: string) => {
      const headers = { "content-type": "application/json", authorization };
      const answer = await fetch(`${node.url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
      return (await answer.json()).data;
    };
    const { cocpRecords } = await ask("{ cocpRecords { nodes { overdue } } }");
    expect(cocpRecords.nodes).toEqual([{ overdue: true }]);
    await ask("mutation { advanceSandboxClock(input: { days: 1 }) { now } }");
    isAbout(await now(), submittedAt + 13 * day);
    await actOnAll(api, dana, "cancelCocp", { requestId });
    const [canceled] = await waitFor("the worker to finish the cancellation", async () => {
      const rows = await api.rows<{ occurred_at: Date }>("SELECT occurred_at FROM cocp_events WHERE type = 'CANCELED'");
      return rows.length > 0 && rows;
    });
    isAbout(canceled?.occurred_at.getTime() ?? 0, submittedAt + 13 * day);
  } finally {
    await worker.stop();
    await node.stop();
  }
});

/** What the clock brought about, with the days that had passed since submission. */
const diary = () =>
  api.rows<{ kind: string; days: number }>(`SELECT n.kind,
      floor(extract(epoch FROM n.created_at - q.submitted_at) / 86400)::integer AS days
    FROM cocp_notifications n JOIN cocp_requests q USING (request_id)
    WHERE n.recipient_party = 'NEW_PARTNER' ORDER BY n.created_at`);
const month = [
  { kind: "INVITATION", days: 0 },
  ...[3, 7, 9, 20, 27].map((days) => ({ kind: "REMINDER", days })),
  { kind: "EXPIRED", days: 30 },
];

test("days pass one by one: each thing happens on its day, in order", async () => {
  await submit(api);
  await advance(api, { days: 35 });
  expect(await diary()).toEqual(month);
});

test("calls at the same time add up, and days still pass one by one", async () => {
  await submit(api);
  const before = await now();
  await Promise.all([10, 1, 9, 5, 10].map((days) => advance(api, { days })));
  isAbout(await now(), before + 35 * day);
  expect(await diary()).toEqual(month);
});

test("fourteen calls at once add up, and leave connections to everybody else", async () => {
  const before = await now();
  const calls = Promise.all(Array.from({ length: 14 }, () => advance(api, { days: 3 })));
  await api.data(kim, "{ cocpRecords { totalCount } }");
  await calls;
  isAbout(await now(), before + 42 * day);
});

test("a call whose connections to the database are lost moves the clock by all of its days, once", async () => {
  const proxy = await startTcpProxy(api.config.databaseUrl);
  const node = await api.startNode({ statement: 500, connection: 500 }, proxy.url);
  const offset = async () => {
    const [row] = await api.rows<{ days: number }>("SELECT (offset_ms / 86400000)::integer AS days FROM sandbox_clock");
    return row?.days ?? 0;
  };
  try {
    await submit(api);
    const before = await offset();
    const call = node.ask(dana, mutation, { input: { days: 35 } });
    for (const days of [2, 4, 8, 9, 16, 22, 28]) {
      await until(async () => (await offset()) >= before + days);
      if (days % 4 === 0) proxy.freeze();
      else proxy.cut();
    }
    expect((await call).errors).toBeUndefined();
    expect(await offset()).toBe(before + 35);
    expect(await diary()).toEqual(month);
  } finally {
    await node.stop();
    await proxy.stop();
  }
});

test("who answers after the clock was moved is judged by it", async () => {
  const { requestId } = await submit(api);
  await advance(api, { days: 29, hours: 23 });
  expect((await act(api, kim, "acceptCocp", { requestId })).records).toMatchObject([{ status: "ACCEPTED" }]);
  const late = await submit(api, { accounts: ["7701002"] });
  await advance(api, { days: 30 });
  const { userErrors } = await act(api, kim, "acceptCocp", { requestId: late.requestId });
  expect(userErrors).toMatchObject([{ code: "DEADLINE_PASSED" }]);
});
