import { act, actOnAll, approve, complete, dayFromNow, submit, type Submitted } from "../support/api/changes";
import {
  dana,
  elena,
  joan,
  kim,
  mei,
  operator,
  sam,
  startTestApi,
  stellan,
  type TestApi,
} from "../support/api/testApi";

let api: TestApi;
let waiting: Submitted;
let inGrace: Submitted;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  waiting = await submit(api, { accounts: ["7701001", "7701002"] });
  inGrace = await submit(api, { accounts: ["7701003"] });
  await approve(api, inGrace);
});
afterAll(() => api.stop());

type Ids = Record<"request" | "record" | "account" | "event" | "customer" | "oldPartner" | "newPartner", string>;

/** The ids of all that a record touches, as the customer's administrator sees them. */
async function idsAround(recordId: string | undefined): Promise<Ids> {
  const query = `query ($id: ID!) { node(id: $id) { ... on CocpRecord { id request { id } events { id }
    billingAccount { id customer { id } } oldPartner { id } newPartner { id } } } }`;
  const { node } = await api.data(dana, query, { id: recordId });
  return {
    request: node.request.id,
    record: node.id,
    account: node.billingAccount.id,
    event: node.events[0].id,
    customer: node.billingAccount.customer.id,
    oldPartner: node.oldPartner.id,
    newPartner: node.newPartner.id,
  };
}

/** Which of them exist for a person. What does not must get the very answer of an id that there is nowhere. */
async function visibleTo(email: string, ids: Ids): Promise<string[]> {
  const query = "query ($id: ID!) { node(id: $id) { __typename id } }";
  const visible: string[] = [];
  for (const [name, id] of Object.entries(ids)) {
    const answer = await api.ask(email, query, { id });
    if (answer.data.node === null) expect(answer).toEqual(await api.ask(email, query, { id: unknownLike(id) }));
    else visible.push(name);
  }
  return visible;
}

/** An id of the same form that names nothing. */
function unknownLike(id: string): string {
  if (id.startsWith("req_")) return "req_COCP-0000-0000";
  return `${id.slice(0, 4)}${Buffer.alloc(16, 1).toString("base64url")}`;
}

const everything = ["request", "record", "account", "event", "customer", "oldPartner", "newPartner"];

test("the customer's administrator and operations see all that a record touches", async () => {
  const ids = await idsAround(waiting.recordIds[0]);
  expect(await visibleTo(dana, ids)).toEqual(everything);
  expect(await visibleTo(operator, ids)).toEqual(everything);
});

test("the new partner sees its record, the account, the customer, and whom it is to follow", async () => {
  const ids = await idsAround(waiting.recordIds[0]);
  expect(await visibleTo(kim, ids)).toEqual(everything);
  expect(await visibleTo(sam, ids)).toEqual(everything);
});

test("the old partner sees nothing of it before the approval", async () => {
  // itself, and the customer, which it meets in the record that is approved
  expect(await visibleTo(elena, await idsAround(waiting.recordIds[0]))).toEqual(["customer", "oldPartner"]);
});

test("the old partner sees an approved record, and neither its beginnings nor the new partner", async () => {
  const ids = await idsAround(inGrace.recordIds[0]);
  expect(await visibleTo(elena, ids)).toEqual(["request", "record", "account", "customer", "oldPartner"]);
});

test("an unrelated partner sees nothing of it", async () => {
  expect(await visibleTo(mei, await idsAround(waiting.recordIds[0]))).toEqual([]);
  expect(await visibleTo(mei, await idsAround(inGrace.recordIds[0]))).toEqual([]);
});

test("another customer's administrator sees nothing of it but the partners, any of which it may choose", async () => {
  expect(await visibleTo(stellan, await idsAround(waiting.recordIds[0]))).toEqual(["oldPartner", "newPartner"]);
});

test("who may only read the account sees it and the customer, and no request", async () => {
  expect(await visibleTo(joan, await idsAround(waiting.recordIds[0]))).toEqual(["account", "customer"]);
});

test("ids that are none are no error: there is nothing", async () => {
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  const { record } = await idsAround(waiting.recordIds[0]);
  const odd = [
    "",
    "rec_",
    "rec_!",
    `${record}=`,
    record.toUpperCase(),
    record.replace("rec_", "acc_"),
    "ntf_AAAA",
    "x".repeat(999),
  ];
  expect((await api.data(dana, query, { ids: odd })).nodes).toEqual(odd.map(() => null));
});

test("a request names to a new partner only the records that are addressed to it", async () => {
  const query = "query ($id: String!) { cocpRequest(requestId: $id) { records { id } } }";
  const seen = async (email: string) => (await api.data(email, query, { id: inGrace.requestId })).cocpRequest;
  expect(await seen(elena)).toEqual({ records: [{ id: inGrace.recordIds[0] }] });
  for (const who of [mei, stellan, joan]) expect(await seen(who)).toBeNull();
  const again = (await api.data(elena, query, { id: waiting.requestId })).cocpRequest;
  expect(again).toBeNull();
});

const partsQuery = `query ($id: ID!) { node(id: $id) { ... on CocpRecord {
  reason reasonNote contactVerification partnerNotificationContact closingNote
  newPartner { pcn } oldPartner { pcn } request { signature { lastName } } notifications { kind recipientParty }
  billingAccount { agreement { status } } } } }`;

/** Which parts of a record are not null to a person. */
async function partsFor(email: string, id: string | undefined): Promise<string[]> {
  const { data } = await api.ask(email, partsQuery, { id });
  const { request, billingAccount, notifications, ...own } = data.node;
  const parts = { ...own, signature: request.signature, agreement: billingAccount.agreement };
  const told = notifications.map(({ kind, recipientParty }: Record<string, string>) => `${kind} to ${recipientParty}`);
  return [...Object.keys(parts).filter((name) => parts[name] !== null), ...told.sort()];
}

const approvedNotices = ["APPROVED to CUSTOMER", "APPROVED to NEW_PARTNER", "APPROVED to OLD_PARTNER"];

test("reason, note and verification are the customer's and operations' own", async () => {
  const record = [
    "reason",
    "reasonNote",
    "contactVerification",
    "partnerNotificationContact",
    "newPartner",
    "oldPartner",
  ];
  const all = [
    ...record,
    "signature",
    "agreement",
    "ACCEPTED to CUSTOMER",
    ...approvedNotices,
    "INVITATION to NEW_PARTNER",
  ];
  expect(await partsFor(dana, inGrace.recordIds[0])).toEqual(all);
  expect(await partsFor(operator, inGrace.recordIds[0])).toEqual(all);
});

test("the new partner sees contact and signature, no agreement data, and what was sent to it", async () => {
  const parts = ["partnerNotificationContact", "newPartner", "oldPartner", "signature"];
  const notices = ["APPROVED to NEW_PARTNER", "INVITATION to NEW_PARTNER"];
  expect(await partsFor(kim, inGrace.recordIds[0])).toEqual([...parts, ...notices]);
});

test("the old partner sees itself, the agreement that it still serves, and what was sent to it", async () => {
  expect(await partsFor(elena, inGrace.recordIds[0])).toEqual(["oldPartner", "agreement", "APPROVED to OLD_PARTNER"]);
});

test("a dispute is settled by the history: who did what, and what was said, each side as far as it may know", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701008", "7701009"] });
  const [approved, canceled] = recordIds;
  await actOnAll(api, dana, "cancelCocp", { requestId, recordIds: [canceled], note: "One too many" });
  await actOnAll(api, kim, "acceptCocp", { requestId, recordIds: [approved], note: "Glad to" });
  await actOnAll(api, operator, "startCocpReview", { recordIds: [approved], note: "Called them" });
  await actOnAll(api, operator, "approveCocp", { recordIds: [approved], note: "All is well" });
  const early = { recordIds: [approved], effectiveDate: dayFromNow(40), caseNumber: "CASE-9" };
  await actOnAll(api, operator, "amendCocpEffectiveDate", early);
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CocpRecord {
    events { type actorEmail note earlyCocpCaseNumber } } } }`;
  const history = async (email: string) => {
    const { nodes } = await api.data(email, query, { ids: [approved, canceled] });
    const told: { events: Record<string, string | null>[] }[] = nodes.filter((node: unknown) => node !== null);
    return told.flatMap(({ events }) =>
      events
        .filter(({ type }) => type !== "INITIATED" && type !== "CANCELED") // SYSTEM's comes by the worker
        .map(({ type, actorEmail, note, earlyCocpCaseNumber }) => [type, actorEmail, note, earlyCocpCaseNumber]),
    );
  };
  expect(await history(operator)).toEqual([
    ["ACCEPTED", kim, "Glad to", null],
    ["REVIEW_STARTED", operator, "Called them", null],
    ["APPROVED", operator, "All is well", null],
    ["EFFECTIVE_DATE_AMENDED", operator, null, "CASE-9"],
    ["CANCELLATION_REQUESTED", dana, "One too many", null],
  ]);
  expect(await history(dana)).toEqual([
    ["ACCEPTED", kim, "Glad to", null],
    ["REVIEW_STARTED", null, null, null],
    ["APPROVED", null, null, null],
    ["EFFECTIVE_DATE_AMENDED", null, null, "CASE-9"],
    ["CANCELLATION_REQUESTED", dana, "One too many", null],
  ]);
  expect(await history(sam)).toEqual([
    ["ACCEPTED", kim, "Glad to", null],
    ["REVIEW_STARTED", null, null, null],
    ["APPROVED", null, null, null],
    ["EFFECTIVE_DATE_AMENDED", null, null, "CASE-9"],
    ["CANCELLATION_REQUESTED", null, null, null],
  ]);
  expect(await history(elena)).toEqual([
    ["APPROVED", null, null, null],
    ["EFFECTIVE_DATE_AMENDED", null, null, null],
  ]);
});

test("what a partner said on declining is told to the customer", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701007"] });
  await act(api, kim, "declineCocp", { requestId, note: "Not now" });
  const query = "query ($id: ID!) { node(id: $id) { ... on CocpRecord { closingNote closedBy } } }";
  const closing = { closingNote: "Not now", closedBy: "NEW_PARTNER" };
  expect((await api.data(dana, query, { id: recordIds[0] })).node).toEqual(closing);
});

test("an error names no more to an outsider than to somebody who asks for nothing at all", async () => {
  const ask = (requestId: string) => act(api, stellan, "cancelCocp", { requestId });
  const real = await ask(waiting.requestId);
  const none = await ask("COCP-0000-0000");
  const text = (payload: unknown) => JSON.stringify(payload).replaceAll(/COCP-\w{4}-\w{4}/g, "COCP");
  expect(text(real)).toBe(text(none));
});

test("the old partner keeps its record after completion, and no more of the account", async () => {
  const done = await submit(api, { accounts: ["7701004"] });
  await complete(api, done);
  const notices = ["APPROVED to OLD_PARTNER", "COMPLETED to OLD_PARTNER", "EFFECTIVE_DATE_AMENDED to OLD_PARTNER"];
  expect(await partsFor(elena, done.recordIds[0])).toEqual(["oldPartner", ...notices]);
});
