import { act, accountIds, approve, initiate, proposal, submit, type RecordMutation } from "../support/api/changes";
import {
  dana,
  elena,
  joan,
  kim,
  operator,
  rafael,
  sam,
  startTestApi,
  stellan,
  type TestApi,
} from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const eventTypes = async (): Promise<string[]> =>
  (await api.rows<{ type: string }>("SELECT type FROM cocp_events ORDER BY position")).map(({ type }) => type);
const notificationKinds = async (): Promise<string[]> =>
  (await api.rows<{ kind: string }>("SELECT kind FROM cocp_notifications ORDER BY created_at, kind")).map(
    ({ kind }) => kind,
  );

test("accepting sends all records of the request to operations, to be reviewed within 48 hours", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  const { records, userErrors } = await act(api, kim, "acceptCocp", { requestId });
  expect(userErrors).toEqual([]);
  expect(new Set(records.map(({ id }) => id))).toEqual(new Set(recordIds));
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CocpRecord {
    status waitingOn respondedAt reviewDueAt closedBy availableActions } } }`;
  const { nodes } = await api.data(operator, query, { ids: recordIds });
  for (const record of nodes) {
    expect(record).toMatchObject({ status: "ACCEPTED", waitingOn: "OPERATIONS", closedBy: null });
    expect(Date.parse(record.reviewDueAt) - Date.parse(record.respondedAt)).toBe(48 * 3_600_000);
    expect(record.availableActions).toEqual(expect.arrayContaining(["START_REVIEW", "REFUSE"]));
  }
});

test("a Request ID is understood in any case and with blanks around it", async () => {
  const { requestId } = await submit(api);
  const { records } = await act(api, kim, "acceptCocp", { requestId: `  ${requestId.toLowerCase()} ` });
  expect(records).toMatchObject([{ status: "ACCEPTED" }]);
});

const repeated: [RecordMutation, string, string, string[], string[]][] = [
  ["acceptCocp", kim, "ACCEPTED", ["INITIATED", "ACCEPTED"], ["INVITATION", "ACCEPTED"]],
  ["declineCocp", kim, "DECLINED", ["INITIATED", "DECLINED"], ["INVITATION", "DECLINED"]],
  ["cancelCocp", dana, "CANCELLATION_IN_PROGRESS", ["INITIATED", "CANCELLATION_REQUESTED"], ["INVITATION"]],
];

test.each(repeated)("E3: repeating %s is harmless", async (mutation, who, status, events, kinds) => {
  const { requestId, recordIds } = await submit(api);
  for (const input of [{ requestId }, { requestId }, { requestId, recordIds }]) {
    const { records, userErrors } = await act(api, who, mutation, input);
    expect([records.map((record) => record.status), userErrors]).toEqual([[status], []]);
  }
  expect(await eventTypes()).toEqual(events);
  expect(await notificationKinds()).toEqual(kinds);
});

test("after an acceptance the customer can't cancel any more, and is told the status", async () => {
  const { requestId, recordIds } = await submit(api);
  await act(api, kim, "acceptCocp", { requestId });
  const { records, userErrors } = await act(api, dana, "cancelCocp", { requestId });
  expect(records).toEqual([]);
  const message = expect.stringContaining("ACCEPTED");
  expect(userErrors).toMatchObject([{ code: "INVALID_STATUS", message, recordId: recordIds[0] }]);
});

test("after a cancellation the partner can't answer any more, and is told the status", async () => {
  const { requestId } = await submit(api);
  await act(api, dana, "cancelCocp", { requestId });
  for (const mutation of ["acceptCocp", "declineCocp"] as const) {
    const { userErrors } = await act(api, kim, mutation, { requestId });
    const message = expect.stringContaining("CANCELLATION_IN_PROGRESS");
    expect(userErrors).toMatchObject([{ code: "INVALID_STATUS", message }]);
  }
});

test("of a request that was canceled in part, the rest can be accepted", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002", "7701003"] });
  const canceled = await act(api, dana, "cancelCocp", { requestId, recordIds: [recordIds[0]] });
  expect(canceled.records).toEqual([{ id: recordIds[0], status: "CANCELLATION_IN_PROGRESS" }]);
  const accepted = await act(api, kim, "acceptCocp", { requestId });
  expect(accepted.records.map(({ id }) => id).sort()).toEqual([recordIds[1], recordIds[2]].sort());
  expect(accepted.userErrors).toEqual([]);
});

test("records are acted on one by one: each that could not be has an error of its own", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await act(api, dana, "cancelCocp", { requestId, recordIds: [recordIds[0]] });
  const other = await submit(api, { accounts: ["7701004"] });
  const named = [...recordIds, ...other.recordIds, "rec_unknown"];
  const { records, userErrors } = await act(api, kim, "acceptCocp", { requestId, recordIds: named });
  expect(records).toEqual([{ id: recordIds[1], status: "ACCEPTED" }]);
  expect(userErrors).toMatchObject([
    { code: "INVALID_STATUS", recordId: recordIds[0] },
    { code: "RECORD_NOT_FOUND", recordId: other.recordIds[0], field: ["recordIds", "2"] },
    { code: "RECORD_NOT_FOUND", recordId: "rec_unknown", field: ["recordIds", "3"] },
  ]);
});

test("who may not respond sees the request and can't answer it", async () => {
  const { requestId, recordIds } = await submit(api);
  const { records, userErrors } = await act(api, sam, "acceptCocp", { requestId });
  expect(records).toEqual([]);
  expect(userErrors).toMatchObject([{ code: "NOT_ALLOWED", recordId: recordIds[0] }]);
  expect(await eventTypes()).toEqual(["INITIATED"]);
});

const outsiders: [string, RecordMutation, string][] = [
  ["the old partner", "acceptCocp", elena],
  ["another customer", "cancelCocp", stellan],
  ["an administrator of other accounts", "cancelCocp", rafael],
];

test.each(outsiders)("to %s the request does not exist", async (_who, mutation, email) => {
  const { requestId, recordIds } = await submit(api);
  const whole = await act(api, email, mutation, { requestId });
  expect(whole).toMatchObject({
    records: [],
    userErrors: [{ code: "REQUEST_NOT_FOUND", field: ["requestId"] }],
  });
  const nowhere = await act(api, email, mutation, { requestId: "COCP-0000-0000" });
  const spoken = (text = "") => text.replace(/COCP-\w{4}-\w{4}/, "");
  expect(spoken(whole.userErrors[0]?.message)).toBe(spoken(nowhere.userErrors[0]?.message));
  expect(await act(api, email, mutation, { requestId, recordIds })).toEqual(whole);
});

test("a record of a request that is not the one named is not found", async () => {
  const one = await submit(api, { accounts: ["7701001"] });
  const other = await submit(api, { accounts: ["7701002"] });
  const { userErrors } = await act(api, dana, "cancelCocp", { requestId: one.requestId, recordIds: other.recordIds });
  expect(userErrors).toMatchObject([{ code: "RECORD_NOT_FOUND", recordId: other.recordIds[0] }]);
});

const forbidden: [string, RecordMutation][] = [
  [dana, "acceptCocp"],
  [joan, "cancelCocp"],
  [kim, "cancelCocp"],
  [operator, "acceptCocp"],
  [kim, "startCocpReview"],
  [dana, "approveCocp"],
];

test.each(forbidden)("%s can't call %s at all", async (who, mutation) => {
  const { requestId, recordIds } = await submit(api);
  const review = mutation === "startCocpReview" || mutation === "approveCocp";
  await expect(act(api, who, mutation, review ? { recordIds } : { requestId })).rejects.toThrow('"code":"FORBIDDEN"');
});

test("a note of more than 1,000 characters is refused, and nothing happens", async () => {
  const { requestId } = await submit(api);
  const { records, userErrors } = await act(api, kim, "declineCocp", { requestId, note: "x".repeat(5_000) });
  expect(records).toEqual([]);
  expect(userErrors).toMatchObject([{ code: "TEXT_TOO_LONG", field: ["note"] }]);
  expect(await eventTypes()).toEqual(["INITIATED"]);
});

/** Lets a month pass for all requests. */
const letExpire = () =>
  api.rows(`WITH requests AS (UPDATE cocp_requests SET submitted_at = submitted_at - interval '30 days',
      respond_by = respond_by - interval '30 days', expires_at = expires_at - interval '30 days')
    UPDATE cocp_records SET submitted_at = submitted_at - interval '30 days',
      respond_by = respond_by - interval '30 days', expires_at = expires_at - interval '30 days'`);

test("past its time a record reads EXPIRED and can't be answered, although nobody wrote that down", async () => {
  const { requestId, recordIds } = await submit(api);
  await letExpire();
  const query = `query ($id: ID!) { node(id: $id) { ... on CocpRecord { status closedBy availableActions overdue } } }`;
  const { node } = await api.data(kim, query, { id: recordIds[0] });
  expect(node).toEqual({ status: "EXPIRED", closedBy: "SYSTEM", availableActions: [], overdue: false });
  const { userErrors } = await act(api, kim, "acceptCocp", { requestId });
  const message = expect.stringContaining("EXPIRED");
  expect(userErrors).toMatchObject([{ code: "DEADLINE_PASSED", message, recordId: recordIds[0] }]);
  const late = await act(api, dana, "cancelCocp", { requestId });
  expect(late.userErrors).toMatchObject([{ code: "INVALID_STATUS", message }]);
});

test("an account whose record is past its time is free at once for a new request", async () => {
  const first = await submit(api);
  await letExpire();
  const [id] = await accountIds(api, ["7701001"]);
  const query = "query ($id: ID!) { node(id: $id) { ... on BillingAccount { cocpEligibility { eligible } } } }";
  expect((await api.data(dana, query, { id })).node.cocpEligibility).toEqual({ eligible: true });
  const { request, userErrors } = await initiate(api, dana, await proposal(api));
  expect(userErrors).toEqual([]);
  expect(request?.requestId).not.toBe(first.requestId);
  expect(await eventTypes()).toEqual(["INITIATED", "EXPIRED", "INITIATED"]);
});

test("what operations approved can't be answered or canceled", async () => {
  const submitted = await submit(api);
  await approve(api, submitted);
  const { requestId } = submitted;
  const message = expect.stringContaining("IN_GRACE_PERIOD");
  const canceled = await act(api, dana, "cancelCocp", { requestId });
  expect(canceled.userErrors).toMatchObject([{ code: "INVALID_STATUS", message }]);
  const declined = await act(api, kim, "declineCocp", { requestId });
  expect(declined.userErrors).toMatchObject([{ code: "INVALID_STATUS", message }]);
});
