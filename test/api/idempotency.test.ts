import { countRows, initiate, proposal } from "../support/api/changes";
import { dana, rafael, startTestApi, type TestApi } from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const twenty = Array.from({ length: 20 });
const requestIds = async () =>
  (await api.rows<{ request_id: string }>("SELECT request_id FROM cocp_requests")).map((row) => row.request_id);

test("a repeated key gives the first call's request and changes nothing", async () => {
  const input = { ...(await proposal(api)), idempotencyKey: "order-1" };
  const first = await initiate(api, dana, input);
  expect(first).toMatchObject({ replayed: false, userErrors: [] });
  const rows = await countRows(api);
  const again = await initiate(api, dana, input);
  expect(again).toEqual({ ...first, replayed: true });
  expect(await countRows(api)).toEqual(rows);
});

test("E8: a key used for another request is refused, and nothing is done", async () => {
  const input = { ...(await proposal(api)), idempotencyKey: "order-1" };
  await initiate(api, dana, input);
  const other = { ...(await proposal(api, { accounts: ["7701002"] })), idempotencyKey: "order-1" };
  const rows = await countRows(api);
  const { request, userErrors } = await initiate(api, dana, other);
  expect(request).toBeNull();
  expect(userErrors).toMatchObject([{ code: "IDEMPOTENCY_KEY_REUSED", field: ["idempotencyKey"] }]);
  expect(await countRows(api)).toEqual(rows);
});

test("a key is one viewer's own", async () => {
  const input = { ...(await proposal(api, { accounts: ["7701005"] })), idempotencyKey: "order-1" };
  await initiate(api, dana, input);
  const other = await proposal(api, { by: rafael, accounts: ["7701006"] });
  expect(await initiate(api, rafael, { ...other, idempotencyKey: "order-1" })).toMatchObject({ replayed: false });
  expect(await requestIds()).toHaveLength(2);
});

test("a refused request leaves its key free", async () => {
  const input = await proposal(api);
  const refused = { ...input, signature: { ...input.signature, acceptTerms: false }, idempotencyKey: "order-1" };
  expect((await initiate(api, dana, refused)).request).toBeNull();
  expect(await initiate(api, dana, { ...input, idempotencyKey: "order-1" })).toMatchObject({ replayed: false });
});

test("E4: of 20 calls at once with one key, one makes the request and all get it", async () => {
  const input = { ...(await proposal(api, { accounts: ["7701001", "7701002"] })), idempotencyKey: "order-1" };
  const answers = await Promise.all(twenty.map(() => initiate(api, dana, input)));
  const [requestId] = await requestIds();
  expect(answers.map(({ request }) => request?.requestId)).toEqual(twenty.map(() => requestId));
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await requestIds()).toHaveLength(1);
});

test("E10: while the first call with a key is at work, the second waits, and gets the same request", async () => {
  const input = { ...(await proposal(api)), idempotencyKey: "order-1" };
  const waiting = async (count: number) => {
    const query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    return (await api.rows(query)).length === count;
  };
  await withClient(api.config.databaseUrl, async (holder) => {
    await holder.query("BEGIN; SELECT FROM billing_accounts FOR UPDATE");
    const first = initiate(api, dana, input);
    await until(() => waiting(1)); // it has the key, and waits for the account
    const second = initiate(api, dana, input);
    await until(() => waiting(2));
    await holder.query("ROLLBACK");
    expect(await first).toMatchObject({ replayed: false, userErrors: [] });
    expect(await second).toEqual({ ...(await first), replayed: true });
  });
  expect(await requestIds()).toHaveLength(1);
});

test("of 20 calls at once on one account, one makes the request and the others learn of it", async () => {
  const input = await proposal(api);
  const answers = await Promise.all(twenty.map(() => initiate(api, dana, input)));
  const [requestId, ...others] = await requestIds();
  expect(others).toEqual([]);
  const made = answers.filter(({ request }) => request !== null);
  expect(made).toMatchObject([{ request: { requestId } }]);
  for (const { userErrors } of answers.filter(({ request }) => request === null)) {
    const message = expect.stringContaining(`${requestId} (IN_PROGRESS)`);
    expect(userErrors).toMatchObject([{ code: "BILLING_ACCOUNT_NOT_ELIGIBLE", message }]);
  }
});

test("E5: of two administrators at once on overlapping accounts one gets its request, the others are told of it", async () => {
  const of = (by: string, accounts: string[]) => proposal(api, { by, accounts });
  const danas = await of(dana, ["7701005", "7701006", "7701007"]);
  const rafaels = await of(rafael, ["7701007", "7701006", "7701008"]);
  for (let round = 0; round < 5; round += 1) {
    const calls = Array.from({ length: 4 }, () => [initiate(api, dana, danas), initiate(api, rafael, rafaels)]);
    const answers = await Promise.all(calls.flat());
    expect(answers.filter(({ request }) => request !== null)).toHaveLength(1);
    const [requestId] = await requestIds();
    const message = expect.stringContaining(`${requestId} (IN_PROGRESS)`);
    for (const { request, userErrors } of answers) {
      if (request !== null) continue;
      expect(userErrors).toContainEqual(expect.objectContaining({ code: "BILLING_ACCOUNT_NOT_ELIGIBLE", message }));
    }
    await api.clearRequests();
  }
});
