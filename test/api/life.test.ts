import { act, actOnAll, dayFromNow, harrowgate, meridian } from "../support/api/changes";
import { formText } from "../support/api/forms";
import { addAccounts, juniper, meridianDesk, ofKim, ofMei, submitPackage, type Package } from "../support/api/package";
import { viewOf, watchViews, type RecordView, type ViewFeed } from "../support/api/recordViews";
import { advance, advanceTo, mailReader } from "../support/api/sandbox";
import { dana, elena, iris, kim, mei, operator, startTestApi, type TestApi } from "../support/api/testApi";
import { waitFor } from "../support/waitFor";

/** One package of 20 accounts through every status: each test is a step, and goes on where the one before ended. */

let api: TestApi;
let newMails: ReturnType<typeof mailReader>;
let { requestId, ids }: Package = { requestId: "", ids: new Map() };
let effectiveDate: string;
const feeds = new Map<string, ViewFeed>();

beforeAll(async () => {
  api = await startTestApi({ environment: { SANDBOX: "on" } });
  newMails = mailReader(api);
  await addAccounts(api);
  await advanceTo(api, new Date(`${dayFromNow(1)}T12:00:00Z`)); // no step runs into midnight
  effectiveDate = dayFromNow(91);
  for (const who of [dana, kim, mei, elena, operator]) feeds.set(who, await watchViews(api, who, effectiveDate));
});
afterAll(async () => {
  for (const feed of feeds.values()) await feed.stop();
  await api.stop();
});

const recordIds = (accounts: readonly string[]) => accounts.map((account) => ids.get(account)?.recordId);

/** What somebody sees of an account's record, and of who orders for it today and on the effective date. */
async function see(person: string, account: string): Promise<RecordView | null> {
  const { recordId = "", accountId = "" } = ids.get(account) ?? {};
  return await viewOf(api, person, { requestId, recordId, accountId, on: effectiveDate });
}

/**
 * The new mails, equal ones once. For steps that pass two reminder days: the second reminder withdraws the first where
 * the worker has not sent that yet, so that one or two of them arrive.
 */
async function differentMails() {
  return [...new Map((await newMails()).map((mail) => [mail.join(), mail])).values()];
}

/** How many records there are in each status, to somebody. */
async function statuses(person: string): Promise<Record<string, number>> {
  const query = "query { cocpRecords { statusCounts { status count } } }";
  const counts: { status: string; count: number }[] = (await api.data(person, query)).cocpRecords.statusCounts;
  return Object.fromEntries(counts.map(({ status, count }) => [status, count]));
}

/** The accounts on the form that somebody may download; null without a form. */
async function onForm(person: string): Promise<string[] | null> {
  const text = await formText(api, person, requestId);
  return text === null ? null : [...ids.keys()].filter((account) => text.includes(account)).toSorted();
}

const toCustomer = {
  reason: "OTHER",
  reasonNote: "Between us",
  signedBy: dana,
  contact: kim,
  verification: "VERIFIED",
};
const toOldPartner = {
  reason: null,
  reasonNote: null,
  signedBy: null,
  contact: null,
  verification: null,
  newPartner: null,
};
const toNewPartner = { ...toCustomer, reason: null, reasonNote: null, verification: null, newPartner: harrowgate };
const before = { partnerOfRecord: meridian, ordersToday: meridian };

test("day 0: the customer signs for 20 accounts of both channels, to three partners", async () => {
  const { warnings, termsKind, ...submitted } = await submitPackage(api);
  ({ requestId, ids } = submitted);
  expect(ids.size).toBe(20);
  expect([termsKind, warnings]).toEqual(["COMBINED", Array(6).fill("CONTACT_UNVERIFIED")]);
  expect(await newMails()).toEqual([
    [kim, "Action required"],
    [mei, "Action required"],
  ]);
});

test("day 0: each side sees its own, and the old partner nothing", async () => {
  expect(await statuses(dana)).toEqual({ IN_PROGRESS: 20 });
  expect(await statuses(operator)).toEqual({ IN_PROGRESS: 20 });
  for (const [person, count] of [
    [kim, 8],
    [mei, 6],
    [iris, 6],
  ] as const) {
    expect(await statuses(person)).toEqual({ IN_PROGRESS: count });
  }
  expect(await statuses(elena)).toEqual({});
  const common = { status: "IN_PROGRESS", effectiveDate, ...before, ordersThen: meridian };
  const actions = ["CANCEL", "UPDATE_NOTIFICATION_CONTACT", "RESEND_NOTIFICATION"];
  expect(await see(dana, "7701002")).toMatchObject({ ...common, ...toCustomer, agreement: true, actions });
  expect(await see(operator, "7701002")).toMatchObject({ ...common, ...toCustomer, agreement: true });
  const asked = { ...common, ...toNewPartner, agreement: false, actions: ["ACCEPT", "DECLINE"] };
  expect(await see(kim, "7701002")).toMatchObject(asked);
  for (const person of [mei, elena]) expect(await see(person, "7701002")).toBeNull();
  for (const person of [dana, operator, kim]) expect(await onForm(person)).toBeNull();
});

test("day 0: the customer takes an account back, and a moment later it is CANCELED", async () => {
  const { records } = await act(api, dana, "cancelCocp", { requestId, recordIds: recordIds(["7701031"]) });
  expect(records).toEqual([
    expect.objectContaining({ status: expect.stringMatching(/^CANCEL(LATION_IN_PROGRESS|ED)$/) }),
  ]); // the worker may have been faster
  expect(await newMails()).toEqual([
    [dana, "Canceled"],
    [kim, "Canceled"],
  ]);
  expect(await see(kim, "7701031")).toMatchObject({ status: "CANCELED", closedBy: "CUSTOMER", actions: [] });
});

test("day 3: who has not answered is reminded, but for the contact that nobody knows", async () => {
  await advance(api, { days: 3 });
  expect(await newMails()).toEqual([
    [kim, "Reminder"],
    [mei, "Reminder"],
  ]);
  expect(await see(dana, "7701012")).toMatchObject({ verification: "UNVERIFIED", told: ["NEW_PARTNER"] });
});

test("day 3: a partner declines an account, and the customer reads why", async () => {
  await actOnAll(api, mei, "declineCocp", { requestId, recordIds: recordIds(["7701033"]), note: "Too far" });
  expect(await newMails()).toEqual([[dana, "Declined"]]);
  const declined = { status: "DECLINED", closedBy: "NEW_PARTNER", closingNote: "Too far", actions: [] };
  expect(await see(dana, "7701033")).toMatchObject(declined);
});

/** What mei accepts. */
const some = ["7701005", "7701006", "7701010", "7701011"];

test("day 3: the partners accept, all but one account", async () => {
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await actOnAll(api, mei, "acceptCocp", { requestId, recordIds: recordIds(some) });
  expect(await newMails()).toEqual(Array(2).fill([dana, "Accepted"]));
  expect(await statuses(dana)).toEqual({ ACCEPTED: 11, IN_PROGRESS: 7, CANCELED: 1, DECLINED: 1 });
  const accepted = { status: "ACCEPTED", ...before, ordersThen: meridian };
  expect(await see(kim, "7701002")).toMatchObject({ ...accepted, ...toNewPartner, agreement: false });
  expect(await see(elena, "7701002")).toBeNull();
});

test("day 3: there is a form of what was accepted: the whole for the customer and operations, each partner's own", async () => {
  const keptByKim = ofKim.filter((account) => account !== "7701031");
  for (const person of [dana, operator]) expect(await onForm(person)).toEqual([...keptByKim, ...some].toSorted());
  expect(await onForm(kim)).toEqual(keptByKim.toSorted());
  expect(await onForm(mei)).toEqual(some.toSorted());
  for (const person of [iris, elena]) expect(await onForm(person)).toBeNull();
});

test("day 4: operations reviews what was accepted, and refuses one with a note", async () => {
  await advance(api, { days: 1 });
  await actOnAll(api, operator, "startCocpReview", {
    recordIds: recordIds([...ofKim.slice(0, 7), ...ofMei.slice(0, 4)]),
  });
  expect(await newMails()).toEqual([]);
  expect(await statuses(kim)).toEqual({ PENDING_MICROSOFT_REVIEW: 7, CANCELED: 1 });
  expect(await statuses(elena)).toEqual({});
  await actOnAll(api, operator, "refuseCocp", { recordIds: recordIds(["7701009"]), note: "No such address" });
  expect(await newMails()).toEqual([
    [dana, "Refused"],
    [kim, "Refused"],
  ]);
  const refused = { status: "CANCELED", closedBy: "OPERATIONS", closingNote: "No such address" };
  expect(await see(kim, "7701009")).toMatchObject(refused);
  expect(await see(elena, "7701009")).toBeNull();
  expect(await onForm(kim)).not.toContain("7701009");
});

test("day 4: operations approves: the grace period begins, and the old partners learn of it", async () => {
  const approved = [...ofKim.slice(0, 6), ...ofMei.slice(0, 4)];
  await actOnAll(api, operator, "approveCocp", { recordIds: recordIds(approved) });
  expect(await newMails()).toEqual(
    [
      ...["agreements@aspenrow.example", meridianDesk, "orders@castellan.example"].map((desk) => [desk, "Notice"]),
      ...[dana, kim, mei].map((person) => [person, "Approved"]),
    ].sort(),
  );
  const grace = { status: "IN_GRACE_PERIOD", ...before };
  expect(await see(dana, "7701002")).toMatchObject({
    ...grace,
    ...toCustomer,
    agreement: true,
    ordersThen: harrowgate,
  });
  expect(await see(kim, "7701002")).toMatchObject({
    ...grace,
    ...toNewPartner,
    agreement: false,
    ordersThen: harrowgate,
  });
  const leaving = { ...grace, ...toOldPartner, agreement: true, ordersThen: null, events: ["APPROVED"], actions: [] };
  expect(await see(elena, "7701002")).toMatchObject({ ...leaving, told: ["OLD_PARTNER"] });
  expect(await statuses(elena)).toEqual({ IN_GRACE_PERIOD: 6 });
});

test("day 4: an Early COCP case moves an effective date, and all three sides are told", async () => {
  const early = new Date((await advance(api, {})).getTime() + 10 * 86_400_000).toISOString().slice(0, 10);
  const input = { recordIds: recordIds(["7701001"]), effectiveDate: early, caseNumber: "CASE-31" };
  await actOnAll(api, operator, "amendCocpEffectiveDate", input);
  expect(await newMails()).toEqual(
    [dana, kim, meridianDesk].map((to) => [to, expect.stringMatching(/^New effective date/)]),
  );
  expect(await see(elena, "7701001")).toMatchObject({ effectiveDate: early, ...toOldPartner, newPartner: null });
  await advanceTo(api, new Date(`${early}T00:00:00Z`));
  const completed = [dana, kim, meridianDesk].map((to) => [to, "Completed"]);
  expect(await differentMails()).toEqual([...completed, [mei, "Reminder"]].sort());
  const over = { status: "COMPLETED", closedBy: "SYSTEM", partnerOfRecord: harrowgate, ordersToday: harrowgate };
  expect(await see(kim, "7701001")).toMatchObject({ ...over, agreement: true });
});

test("day 30: what nobody answered is EXPIRED, and its accounts are free", async () => {
  await advance(api, { days: 20 });
  expect(await statuses(dana)).toMatchObject({ EXPIRED: 7, IN_GRACE_PERIOD: 9, COMPLETED: 1 });
  expect(await differentMails()).toEqual([
    [dana, "Expired"],
    [mei, "Expired"],
    [mei, "Reminder"],
  ]);
  expect(await see(iris, "7701012")).toMatchObject({ status: "EXPIRED", closedBy: "SYSTEM", actions: [] });
  const query = "query { billingAccounts(filter: { eligible: true }) { totalCount } }";
  expect((await api.data(dana, query)).billingAccounts.totalCount).toBe(11);
});

test("day 90: at midnight the changes are COMPLETED and the partners of record changed", async () => {
  await advanceTo(api, new Date(`${effectiveDate}T00:00:00Z`));
  expect(await statuses(dana)).toEqual({ COMPLETED: 10, EXPIRED: 7, CANCELED: 2, DECLINED: 1 });
  expect(await newMails()).toEqual(
    ["agreements@aspenrow.example", meridianDesk, "orders@castellan.example", dana, kim, mei]
      .map((to) => [to, "Completed"])
      .sort(),
  );
  const after = { status: "COMPLETED", partnerOfRecord: harrowgate, ordersToday: harrowgate, ordersThen: harrowgate };
  expect(await see(dana, "7701002")).toMatchObject({ ...after, ...toCustomer, agreement: true });
  expect(await see(kim, "7701002")).toMatchObject({ ...after, ...toNewPartner, agreement: true });
  const gone = { partnerOfRecord: null, ordersToday: null, ordersThen: null, agreement: false };
  const events = ["APPROVED", "COMPLETED"];
  expect(await see(elena, "7701002")).toMatchObject({ status: "COMPLETED", ...toOldPartner, ...gone, events });
  expect(await onForm(dana)).toHaveLength(10);
  for (const person of [elena, iris]) expect(await onForm(person)).toBeNull();
});

/** The events of a side, as the log holds them. */
const events = (side: string) =>
  api.rows<{ type: string; account: string }>(`SELECT e.type, a.account_number AS account FROM cocp_events e
    JOIN billing_accounts a ON a.id = e.billing_account_id JOIN cocp_records r ON r.id = e.record_id
    JOIN partners np ON np.id = r.new_partner_id JOIN partners op ON op.id = r.old_partner_id
    WHERE ${side} ORDER BY e.transaction_id, e.position`);
const sinceApproval =
  "e.sequence >= (SELECT x.sequence FROM cocp_events x WHERE x.record_id = r.id AND x.type = 'APPROVED')";
const sides: [string, string][] = [
  [dana, "true"],
  [operator, "true"],
  [kim, `np.pcn = '${harrowgate}'`],
  [mei, `np.pcn = '${juniper}'`],
  [elena, `op.pcn = '${meridian}' AND ${sinceApproval}`],
];

test.each(sides)("all the while %s was sent what its side is part of, once and in order", async (person, side) => {
  const expected = await events(side);
  const feed = feeds.get(person)?.events ?? [];
  await waitFor("the feed to catch up", async () => feed.length >= expected.length);
  expect(feed.map(({ type, account }) => ({ type, account }))).toEqual(expected);
});

test("and no event showed a side more than it may see", () => {
  const views = (person: string) => (feeds.get(person)?.events ?? []).map(({ view }) => view);
  for (const view of views(elena)) {
    expect(view).toMatchObject(toOldPartner);
    if (view.status === "COMPLETED") expect(view).toMatchObject({ agreement: false, partnerOfRecord: null });
    else expect(view.ordersThen).not.toBe(harrowgate);
  }
  for (const view of [...views(kim), ...views(mei)]) {
    expect(view).toMatchObject({ reason: null, reasonNote: null, verification: null });
    expect(view.agreement).toBe(view.status === "COMPLETED");
  }
  expect(views(elena).length * views(kim).length * views(mei).length).toBeGreaterThan(0);
});
