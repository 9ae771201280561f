import {
  approve,
  countRows,
  initiate,
  mutationOf,
  proposal,
  submit,
  type RecordMutation,
  type Submitted,
} from "../support/api/changes";
import {
  dana,
  elena,
  kim,
  mei,
  operator,
  sam,
  startTestApi,
  stellan,
  unlimited,
  type TestApi,
} from "../support/api/testApi";
import { transports } from "./support/transports";

/** Who is no party to a request, to a part of it, or not in that part: over each transport. */

/** The partner that mei works for. */
const juniper = "PCN-4411290";

let api: TestApi;
let waiting: Submitted;
let inGrace: Submitted;
/** Of one record for kim and one for mei. */
let shared: Submitted;
let ids: Readonly<Record<string, string>>;
let before: Record<string, number>;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  waiting = await submit(api, { accounts: ["7701001"] });
  inGrace = await submit(api, { accounts: ["7701003"] });
  await approve(api, inGrace);
  shared = await submitShared();
  const query =
    "query ($id: ID!) { node(id: $id) { ... on CocpRecord { id request { id } events { id } billingAccount { id } } } }";
  const { node } = await api.data(dana, query, { id: waiting.recordIds[0] });
  ids = { record: node.id, request: node.request.id, event: node.events[0].id, account: node.billingAccount.id };
  before = await countRows(api);
});
afterEach(async () => expect(await countRows(api)).toEqual(before));
afterAll(() => api.stop());

async function submitShared(): Promise<Submitted> {
  const { changes, signature } = await proposal(api, { accounts: ["7701004", "7701005"] });
  const toMei = { newPartnerPcn: juniper, partnerNotificationContact: mei };
  const input = { changes: changes.map((change, i) => (i === 0 ? change : { ...change, ...toMei })), signature };
  const { request, userErrors } = await initiate(api, dana, input);
  if (request === null) throw new Error(JSON.stringify(userErrors));
  const recordIds = ["7701004", "7701005"].flatMap(
    (number) => request.records.find(({ billingAccount }) => billingAccount.accountNumber === number)?.id ?? [],
  );
  return { requestId: request.requestId, recordIds };
}

const noRequest = "COCP-0000-0000";
/** An id of the same form that names nothing. */
const unknownLike = (id: string) =>
  id.startsWith("req_") ? `req_${noRequest}` : `${id.slice(0, 4)}${Buffer.alloc(16, 1).toString("base64url")}`;

const lists = `query ($id: String!) { cocpRequest(requestId: $id) { requestId }
  cocpRecords(filter: { requestId: $id }) { totalCount } cocpEvents(filter: { requestId: $id }) { nodes { id } } }`;
const partsOf = `query ($id: ID!) { node(id: $id) { ... on CocpRecord {
  reason reasonNote contactVerification partnerNotificationContact newPartner { pcn } oldPartner { pcn }
  request { signature { lastName } } billingAccount { agreement { status } } } } }`;

describe.each(transports)("over $name", ({ ask }) => {
  const as = async (email: string, query: string, variables: Record<string, unknown>) =>
    await ask(api, await api.tokenFor(email), { query, variables });
  const act = (email: string, mutation: RecordMutation, input: object) => as(email, mutationOf(mutation), { input });

  test("D1 to a stranger each id, and each request by its id, is the same as one that there is not", async () => {
    const node = "query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }";
    for (const email of [mei, stellan]) {
      for (const id of Object.values(ids)) {
        const { data, errors } = await as(email, node, { id });
        expect([data, errors]).toEqual([{ node: null, nodes: [null] }, []]);
        expect((await as(email, node, { id: unknownLike(id) })).data).toEqual(data);
      }
      const { data } = await as(email, lists, { id: waiting.requestId });
      expect(data).toEqual({ cocpRequest: null, cocpRecords: { totalCount: 0 }, cocpEvents: { nodes: [] } });
      expect((await as(email, lists, { id: noRequest })).data).toEqual(data);
    }
  });

  test("D1 D6 nor is there a request that a stranger, the old partner or another partner could act on", async () => {
    const attempts: [string, RecordMutation][] = [
      [mei, "acceptCocp"],
      [elena, "acceptCocp"],
      [mei, "declineCocp"],
      [stellan, "cancelCocp"],
      [stellan, "updatePartnerNotificationContact"],
      [stellan, "resendPartnerNotification"],
    ];
    for (const [email, mutation] of attempts) {
      const more = mutation === "updatePartnerNotificationContact" ? { partnerNotificationContact: sam } : {};
      const told = await act(email, mutation, { ...more, requestId: waiting.requestId });
      expect([mutation, told.data[mutation]]).toMatchObject([
        mutation,
        { records: [], userErrors: [{ code: "REQUEST_NOT_FOUND", field: ["requestId"] }] },
      ]);
      const nowhere = await act(email, mutation, { ...more, requestId: noRequest });
      expect(told.text.replaceAll(waiting.requestId, noRequest)).toBe(nowhere.text);
    }
  });

  test("D6 who may not respond for the partner can't, though it is its contact", async () => {
    const { data } = await act(sam, "acceptCocp", { requestId: waiting.requestId });
    expect(data.acceptCocp).toMatchObject({ records: [], userErrors: [{ code: "NOT_ALLOWED" }] });
  });

  test("D2 of a request that goes to two partners each comes to its own record alone, by every way round", async () => {
    const around = `query ($id: String!) { cocpRequest(requestId: $id) { records { id request { records { id
      billingAccount { accountNumber } newPartner { pcn } } } } } cocpRecords(filter: { requestId: $id }) { nodes { id } } }`;
    const [ofKim, ofMei] = shared.recordIds;
    for (const [email, own, others] of [
      [kim, ofKim, [ofMei, "7701005", juniper]],
      [mei, ofMei, [ofKim, "7701004"]],
    ] as const) {
      const { data, text } = await as(email, around, { id: shared.requestId });
      expect(data.cocpRecords.nodes).toEqual([{ id: own }]);
      expect(data.cocpRequest.records[0].request.records.map(({ id }: { id: string }) => id)).toEqual([own]);
      for (const other of others) expect(text).not.toContain(other);
    }
  });

  test("D3 why the customer leaves, and what it knows of its contact, is not for its partners", async () => {
    const own = { reason: "UNSATISFACTORY_SERVICE", reasonNote: "Slow to answer", contactVerification: "VERIFIED" };
    const id = inGrace.recordIds[0];
    for (const email of [dana, operator]) expect((await as(email, partsOf, { id })).data.node).toMatchObject(own);
    const withheld = { reason: null, reasonNote: null, contactVerification: null };
    for (const email of [kim, elena]) {
      const { data, text } = await as(email, partsOf, { id });
      expect(data.node).toMatchObject(withheld);
      expect(text).not.toMatch(/UNSATISFACTORY_SERVICE|Slow to answer/);
    }
  });

  test("D4 the old partner has nothing of a record that waits, and never its successor; that one no agreement before it has begun", async () => {
    expect((await as(elena, partsOf, { id: waiting.recordIds[0] })).data.node).toBeNull();
    const id = inGrace.recordIds[0];
    expect((await as(elena, partsOf, { id })).data.node).toMatchObject({
      newPartner: null,
      partnerNotificationContact: null,
      request: { signature: null },
    });
    expect((await as(kim, partsOf, { id })).data.node.billingAccount.agreement).toBeNull();
  });

  test("D5 who is no Enterprise Administrator does not initiate, cancel or correct a contact", async () => {
    const { requestId } = waiting;
    const initiating = "mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { replayed } }";
    const input = await proposal(api, { accounts: ["7701006"] });
    for (const email of [kim, operator]) {
      const told = [
        await as(email, initiating, { input }),
        await act(email, "cancelCocp", { requestId }),
        await act(email, "updatePartnerNotificationContact", { requestId, partnerNotificationContact: sam }),
      ];
      expect(told.map(({ data, codes }) => [data, codes])).toEqual(told.map(() => [null, ["FORBIDDEN"]]));
    }
  });

  test("D7 what only operations may nobody else does", async () => {
    const { recordIds } = waiting;
    const amend = { recordIds, effectiveDate: "2027-02-20", caseNumber: "CASE-1" };
    for (const email of [dana, kim, elena]) {
      const told = [
        await act(email, "startCocpReview", { recordIds }),
        await act(email, "approveCocp", { recordIds }),
        await act(email, "refuseCocp", { recordIds, note: "No" }),
        await act(email, "amendCocpEffectiveDate", amend),
      ];
      expect(told.map(({ data, codes }) => [data, codes])).toEqual(told.map(() => [null, ["FORBIDDEN"]]));
    }
  });
});
