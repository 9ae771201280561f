import {
  act,
  actOnAll,
  approve,
  harrowgate,
  submit,
  type RecordMutation,
  type Submitted,
} from "../support/api/changes";
import { advance, advanceTo } from "../support/api/sandbox";
import { dana, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: { SANDBOX: "on" } });
});
afterEach(async () => {
  await api.clearRequests();
  await restoreDirectory();
  const old = "(SELECT id FROM partners WHERE pcn = 'PCN-4410512')";
  await api.rows(`UPDATE billing_accounts SET partner_id = ${old} WHERE account_number = '7701001'`);
});
afterAll(() => api.stop());

/** The agreement and the new partner as the demo has them. */
async function restoreDirectory(): Promise<void> {
  await api.rows(`UPDATE partners SET allowed = true WHERE pcn = '${harrowgate}'`);
  await api.rows(`UPDATE billing_accounts SET agreement_status = 'ACTIVE', end_date = '2031-06-30'
    WHERE account_number = '7701001'`);
}

async function accepted(...accounts: string[]): Promise<Submitted> {
  const submitted = await submit(api, { accounts });
  await actOnAll(api, kim, "acceptCocp", { requestId: submitted.requestId });
  return submitted;
}
async function inReview(...accounts: string[]): Promise<Submitted> {
  const submitted = await accepted(...accounts);
  await actOnAll(api, operator, "startCocpReview", { recordIds: submitted.recordIds });
  return submitted;
}
async function inGrace(...accounts: string[]): Promise<Submitted> {
  const submitted = await submit(api, { accounts });
  await approve(api, submitted);
  return submitted;
}

const fields = `status waitingOn effectiveDate earlyCocpCaseNumber reviewDueAt closedBy closingNote availableActions heldUpBecause
  events { type } billingAccount { partnerOfRecord { pcn } orderingPartner { pcn } }`;
async function read(id: string | undefined) {
  return (await api.data(operator, `query ($id: ID!) { node(id: $id) { ...on CocpRecord { ${fields} } } }`, { id }))
    .node;
}

test("the queue is what operations has, the longest due first, across requests", async () => {
  const [first, second, third] = ["7701001", "7701002", "7701003"];
  const early = await accepted(first);
  await advance(api, { hours: 1 });
  const late = await submit(api, { accounts: [second, third] });
  await actOnAll(api, kim, "acceptCocp", { requestId: late.requestId, recordIds: [late.recordIds[1]] });
  await advance(api, { hours: 1 });
  await actOnAll(api, kim, "acceptCocp", { requestId: late.requestId });
  await actOnAll(api, operator, "startCocpReview", { recordIds: early.recordIds });
  await submit(api, { accounts: ["7701004"] });
  const queue = async (status: string[]) => {
    const query = `query ($status: [CocpStatus!]) { cocpRecords(filter: { status: $status },
      orderBy: { field: REVIEW_DUE_AT, direction: ASC }) { nodes { billingAccount { accountNumber } } } }`;
    const { nodes } = (await api.data(operator, query, { status })).cocpRecords;
    return nodes.map((node: { billingAccount: { accountNumber: string } }) => node.billingAccount.accountNumber);
  };
  expect(await queue(["ACCEPTED", "PENDING_MICROSOFT_REVIEW"])).toEqual([first, third, second]);
  await actOnAll(api, operator, "approveCocp", { recordIds: early.recordIds });
  expect(await queue(["ACCEPTED", "PENDING_MICROSOFT_REVIEW"])).toEqual([third, second]);
  expect(await read(early.recordIds[0])).toMatchObject({ reviewDueAt: null, waitingOn: "EFFECTIVE_DATE" });
  const everything = ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_PROGRESS", "IN_GRACE_PERIOD"];
  expect((await queue(everything)).slice(0, 2)).toEqual([third, second]);
});

test("records of several requests are acted on in one call, each by itself", async () => {
  const one = await accepted("7701001", "7701002");
  const two = await accepted("7701003");
  const open = await submit(api, { accounts: ["7701004"] });
  const named = [one.recordIds[0], two.recordIds[0], open.recordIds[0], "rec_nothing", one.recordIds[0]];
  const { records, userErrors } = await act(api, operator, "startCocpReview", { recordIds: named });
  expect(records.map(({ id, status }) => [id, status]).sort()).toEqual(
    [one.recordIds[0], two.recordIds[0]].map((id) => [id, "PENDING_MICROSOFT_REVIEW"]).sort(),
  );
  expect(userErrors).toMatchObject([
    { code: "INVALID_STATUS", recordId: open.recordIds[0], message: expect.stringContaining("IN_PROGRESS") },
    { code: "RECORD_NOT_FOUND", recordId: "rec_nothing", field: ["recordIds", "3"] },
  ]);
  expect(await read(one.recordIds[1])).toMatchObject({ status: "ACCEPTED" });
});

const lists: [string, RecordMutation, object][] = [
  ["an empty list", "approveCocp", { recordIds: [] }],
  ["101 records", "refuseCocp", { recordIds: Array(101).fill("rec_x"), note: "No" }],
  [
    "an empty list for another date",
    "amendCocpEffectiveDate",
    { recordIds: [], effectiveDate: "2027-01-01", caseNumber: "1" },
  ],
];

test.each(lists)("naming %s is bad input", async (_what, mutation, input) => {
  const [error, ...others] = await act(api, operator, mutation, input).then(
    () => [],
    ({ message }: Error) => JSON.parse(message),
  );
  expect(others).toEqual([]);
  expect(error).toMatchObject({ extensions: { code: "BAD_USER_INPUT", field: ["input", "recordIds"] } });
});

test("a customer naming no record at all is told so, instead of nothing", async () => {
  const { requestId } = await submit(api);
  for (const mutation of ["cancelCocp", "updatePartnerNotificationContact"] as const) {
    const contact = mutation === "cancelCocp" ? {} : { partnerNotificationContact: kim };
    await expect(act(api, dana, mutation, { requestId, recordIds: [], ...contact })).rejects.toThrow("BAD_USER_INPUT");
  }
});

test("two actions in one operation are each answered with what they made of the record", async () => {
  const { requestId, recordIds } = await submit(api);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const mutation = `mutation ($input: ReviewCocpInput!) {
    startCocpReview(input: $input) { records { status events { type } } }
    approveCocp(input: $input) { records { status events { type } } } }`;
  const { startCocpReview, approveCocp } = await api.data(operator, mutation, { input: { recordIds } });
  const begun = [{ type: "INITIATED" }, { type: "ACCEPTED" }, { type: "REVIEW_STARTED" }];
  expect(startCocpReview.records).toEqual([{ status: "PENDING_MICROSOFT_REVIEW", events: begun }]);
  expect(approveCocp.records).toEqual([{ status: "IN_GRACE_PERIOD", events: [...begun, { type: "APPROVED" }] }]);
});

test("a refusal needs a note, from each status that operations may refuse in", async () => {
  for (const bring of [accepted, inReview, inGrace]) {
    const { recordIds } = await bring("7701001");
    for (const note of [null, "  "]) {
      const { records, userErrors } = await act(api, operator, "refuseCocp", { recordIds, note });
      expect([records, userErrors]).toMatchObject([[], [{ code: "NOTE_REQUIRED", field: ["note"] }]]);
    }
    await actOnAll(api, operator, "refuseCocp", { recordIds, note: " Wrong entity " });
    await actOnAll(api, operator, "refuseCocp", { recordIds, note: "Said twice" });
    const closed = { status: "CANCELED", closedBy: "OPERATIONS", closingNote: "Wrong entity", reviewDueAt: null };
    expect(await read(recordIds[0])).toMatchObject({ ...closed, availableActions: [] });
  }
});

test("E19: a review can't be started once a cancellation is under way: that was first", async () => {
  const { requestId, recordIds } = await submit(api);
  await actOnAll(api, dana, "cancelCocp", { requestId });
  const { records, userErrors } = await act(api, operator, "startCocpReview", { recordIds });
  const message = expect.stringContaining("CANCELLATION_IN_PROGRESS");
  expect([records, userErrors]).toMatchObject([[], [{ code: "INVALID_STATUS", message, recordId: recordIds[0] }]]);
  const { status, events } = await read(recordIds[0]);
  const types = events.map(({ type }: { type: string }) => type);
  expect([status, types]).toEqual(["CANCELLATION_IN_PROGRESS", ["INITIATED", "CANCELLATION_REQUESTED"]]);
});

test("what is not yet accepted, or over, can't be reviewed, approved or refused", async () => {
  const { recordIds } = await submit(api);
  for (const mutation of ["startCocpReview", "approveCocp", "refuseCocp"] as const) {
    const { userErrors } = await act(api, operator, mutation, { recordIds, note: "No" });
    expect(userErrors).toMatchObject([{ code: "INVALID_STATUS", message: expect.stringContaining("IN_PROGRESS") }]);
  }
  await advance(api, { days: 30 });
  const { userErrors } = await act(api, operator, "approveCocp", { recordIds });
  expect(userErrors).toMatchObject([{ code: "INVALID_STATUS", message: expect.stringContaining("EXPIRED") }]);
});

const obstacles: [string, string, RegExp][] = [
  ["the agreement has ended", "UPDATE billing_accounts SET agreement_status = 'ENDED'", /agreement is ENDED/],
  [
    "the agreement is past its end",
    "UPDATE billing_accounts SET end_date = '2026-11-01'",
    /agreement ended on 2026-11-01/,
  ],
  ["the new partner may not do business", "UPDATE partners SET allowed = false", /not allowed/],
];

test.each(obstacles)("while %s, nothing is approved and operations sees why", async (_what, change, cause) => {
  const { recordIds } = await inReview("7701001");
  expect((await read(recordIds[0])).availableActions).toContain("APPROVE");
  await api.rows(
    `${change} WHERE ${change.includes("partners") ? "pcn = 'PCN-4410387'" : "account_number = '7701001'"}`,
  );
  expect((await read(recordIds[0])).availableActions).toEqual(expect.not.arrayContaining(["APPROVE"]));
  expect((await read(recordIds[0])).availableActions).toEqual(expect.arrayContaining(["REFUSE"]));
  const { records, userErrors } = await act(api, operator, "approveCocp", { recordIds });
  const error = { code: "NOT_ALLOWED", message: expect.stringMatching(cause), recordId: recordIds[0] };
  expect([records, userErrors]).toMatchObject([[], [error]]);
  const waiting = { status: "PENDING_MICROSOFT_REVIEW", heldUpBecause: expect.stringMatching(cause) };
  expect(await read(recordIds[0])).toMatchObject(waiting);
});

test.each(obstacles)(
  "while %s, an approved change does not complete; it does when that is over",
  async (_what, change, cause) => {
    const { recordIds } = await inGrace("7701001");
    const { effectiveDate, heldUpBecause } = await read(recordIds[0]);
    expect(heldUpBecause).toBeNull();
    await api.rows(
      `${change} WHERE ${change.includes("partners") ? "pcn = 'PCN-4410387'" : "account_number = '7701001'"}`,
    );
    await advanceTo(api, new Date(`${effectiveDate}T00:00:00Z`));
    const old = { pcn: "PCN-4410512" };
    const waiting = { status: "IN_GRACE_PERIOD", billingAccount: { partnerOfRecord: old, orderingPartner: old } };
    expect(await read(recordIds[0])).toMatchObject({ ...waiting, heldUpBecause: expect.stringMatching(cause) });
    await restoreDirectory();
    const now = { pcn: "PCN-4410387" };
    const completed = { status: "COMPLETED", billingAccount: { partnerOfRecord: now, orderingPartner: now } };
    expect(await read(recordIds[0])).toMatchObject(completed);
    await advance(api, {});
    expect(await read(recordIds[0])).toMatchObject(completed);
  },
);
