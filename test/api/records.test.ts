import { act, approve, complete, harrowgate, submit } from "../support/api/changes";
import {
  dana,
  elena,
  kim,
  mei,
  operator,
  rafael,
  sam,
  startTestApi,
  stellan,
  type TestApi,
} from "../support/api/testApi";

let api: TestApi;
const requests: Record<string, string> = {};

/** Six records of Northlight in six statuses, two of them overdue, and one of Brackwater. */
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  const juniper = { pcn: "PCN-4411290", contact: mei };
  const waiting = await submit(api, { accounts: ["7701001", "7701002"] });
  const accepted = await submit(api, { accounts: ["7701007"] });
  await act(api, kim, "acceptCocp", accepted);
  const grace = await submit(api, { accounts: ["7701003"] });
  await approve(api, grace);
  const completed = await submit(api, { accounts: ["7701004"], ...juniper });
  await complete(api, completed, mei);
  const canceled = await submit(api, { accounts: ["7701005"] });
  await act(api, dana, "cancelCocp", canceled);
  const foreign = await submit(api, { by: stellan, accounts: ["7702001"] });
  for (const [name, { requestId }] of Object.entries({ waiting, accepted, grace, completed, canceled, foreign })) {
    requests[name] = requestId;
  }
  await setBack(requests["waiting"], 12);
  await setBack(requests["accepted"], 5);
});
afterAll(() => api.stop());

const setBack = (requestId: string | undefined, days: number) =>
  api.rows(
    `UPDATE cocp_records SET submitted_at = submitted_at - make_interval(days => $2),
      respond_by = respond_by - make_interval(days => $2), expires_at = expires_at - make_interval(days => $2)
      WHERE request_id = $1`,
    [requestId, days],
  );

const listQuery = `query ($filter: CocpRecordFilter) { cocpRecords(first: 100, filter: $filter) {
  totalCount statusCounts { status count } nodes { billingAccount { accountNumber } } } }`;

async function list(who: string, filter: object = {}) {
  const { cocpRecords } = await api.data(who, listQuery, { filter });
  const numbers: string[] = cocpRecords.nodes.map(
    (node: { billingAccount: { accountNumber: string } }) => node.billingAccount.accountNumber,
  );
  expect(cocpRecords.totalCount).toBe(numbers.length);
  return { numbers: numbers.sort(), statusCounts: cocpRecords.statusCounts };
}
const numbers = async (who: string, filter?: object) => (await list(who, filter)).numbers;

test("each side sees its own records", async () => {
  const danas = ["7701001", "7701002", "7701003", "7701004", "7701005", "7701007"];
  expect(await numbers(dana)).toEqual(danas);
  expect(await numbers(rafael)).toEqual(["7701005", "7701007"]);
  expect(await numbers(stellan)).toEqual(["7702001"]);
  expect(await numbers(kim)).toEqual(["7701001", "7701002", "7701003", "7701005", "7701007", "7702001"]);
  expect(await numbers(sam)).toEqual(await numbers(kim));
  expect(await numbers(elena)).toEqual(["7701003", "7701004"]);
  expect(await numbers(operator)).toEqual([...danas, "7702001"]);
});

test("filters by request", async () => {
  expect(await numbers(dana, { requestId: requests["waiting"]?.toLowerCase() })).toEqual(["7701001", "7701002"]);
  expect(await numbers(dana, { requestId: requests["foreign"] })).toEqual([]);
});

test("filters by billing account", async () => {
  const query = `{ billingAccounts(filter: { search: "7701003" }) { nodes { id } } }`;
  const { id } = (await api.data(dana, query)).billingAccounts.nodes[0];
  expect(await numbers(dana, { billingAccountId: id })).toEqual(["7701003"]);
  expect(await numbers(stellan, { billingAccountId: id })).toEqual([]);
  expect(await numbers(dana, { billingAccountId: "nonsense" })).toEqual([]);
});

test("filters by status, and counts the statuses all the same", async () => {
  const all = await list(dana);
  expect(all.statusCounts).toEqual([
    { status: "ACCEPTED", count: 1 },
    { status: "CANCELLATION_IN_PROGRESS", count: 1 },
    { status: "COMPLETED", count: 1 },
    { status: "IN_GRACE_PERIOD", count: 1 },
    { status: "IN_PROGRESS", count: 2 },
  ]);
  const some = await list(dana, { status: ["ACCEPTED", "COMPLETED"] });
  expect(some).toEqual({ numbers: ["7701004", "7701007"], statusCounts: all.statusCounts });
  expect(await numbers(dana, { status: [] })).toEqual([]);
  const ofRequest = await list(dana, { requestId: requests["accepted"], status: ["DECLINED"] });
  expect(ofRequest).toEqual({ numbers: [], statusCounts: [{ status: "ACCEPTED", count: 1 }] });
});

test("filters by the new partner, except for the old one, which may not know it", async () => {
  expect(await numbers(dana, { newPartnerPcn: " pcn-4411290 " })).toEqual(["7701004"]);
  expect(await numbers(dana, { newPartnerPcn: "PCN-0" })).toEqual([]);
  expect(await numbers(elena, { newPartnerPcn: "PCN-4411290" })).toEqual([]);
  expect(await numbers(elena, { newPartnerPcn: harrowgate })).toEqual([]);
});

test("filters by direction, as seen from the viewer's organization", async () => {
  expect(await numbers(kim, { direction: "INCOMING" })).toEqual(await numbers(kim));
  expect(await numbers(kim, { direction: "OUTGOING" })).toEqual([]);
  expect(await numbers(elena, { direction: "OUTGOING" })).toEqual(["7701003", "7701004"]);
  expect(await numbers(elena, { direction: "INCOMING" })).toEqual([]);
  expect(await numbers(dana, { direction: "INCOMING" })).toEqual([]);
});

test("filters by what is overdue, and says so of each record", async () => {
  expect(await numbers(dana, { overdue: true })).toEqual(["7701001", "7701002"]);
  expect(await numbers(dana, { overdue: false })).toEqual(["7701003", "7701004", "7701005", "7701007"]);
  const query = "{ cocpRecords { nodes { overdue billingAccount { accountNumber } } } }";
  const { nodes } = (await api.data(dana, query)).cocpRecords;
  const overdue = nodes.filter((node: { overdue: boolean }) => node.overdue);
  expect(overdue).toHaveLength(2);
});

test("filters by the time of submission: from is included, before is not", async () => {
  const [row] = await api.rows<{ at: Date }>("SELECT submitted_at AS at FROM cocp_records WHERE request_id = $1", [
    requests["accepted"],
  ]);
  const at = row?.at.toISOString();
  expect(await numbers(dana, { submittedFrom: at })).not.toContain("7701001");
  expect(await numbers(dana, { submittedFrom: at })).toContain("7701007");
  expect(await numbers(dana, { submittedBefore: at })).toEqual(["7701001", "7701002"]);
  expect(await numbers(dana, { submittedFrom: at, submittedBefore: at })).toEqual([]);
});

test("finds records by a part of request ID, account or partner, whatever the case", async () => {
  expect(await numbers(dana, { search: requests["grace"]?.slice(5).toLowerCase() })).toEqual(["7701003"]);
  expect(await numbers(dana, { search: "01002" })).toEqual(["7701002"]);
  expect(await numbers(dana, { search: "AMBULANCE" })).toEqual(["7701007"]);
  expect(await numbers(dana, { search: "juniper & lane" })).toEqual(["7701004"]);
  expect(await numbers(dana, { search: "aspen row" })).toEqual(["7701005"]);
});

test("takes wildcards in a search for the characters that they are", async () => {
  for (const search of ["%", "_", "7701_01", "\\", "770%"]) expect(await numbers(dana, { search })).toEqual([]);
  await api.rows("UPDATE billing_accounts SET display_name = '100% _Northlight\\' WHERE account_number = '7701001'");
  for (const search of ["100%", "% _n", "\\"]) expect(await numbers(dana, { search })).toEqual(["7701001"]);
});

test("the old partner can't find out by searching whom it loses an account to", async () => {
  for (const search of ["juniper", "harrowgate", harrowgate, "PCN"]) {
    expect(await numbers(elena, { search })).toEqual([]);
  }
  expect(await numbers(elena, { search: "meridian" })).toEqual(["7701003", "7701004"]);
});

test("conditions are combined, and null conditions do not count", async () => {
  const absent = { status: null, search: null, overdue: null, newPartnerPcn: null, billingAccountId: null };
  expect(await numbers(dana, absent)).toHaveLength(6);
  expect(await numbers(dana, { newPartnerPcn: harrowgate, status: ["IN_PROGRESS"], search: "7701002" })).toEqual([
    "7701002",
  ]);
});
