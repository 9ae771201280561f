import {
  accountIds,
  actOnAll,
  approve,
  complete,
  dayFromNow,
  meridian,
  submit,
  type Submitted,
} from "../support/api/changes";
import { dana, elena, joan, kim, operator, startTestApi, stellan, type TestApi } from "../support/api/testApi";

let api: TestApi;
let inGrace: Submitted;
let completed: Submitted;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  await submit(api, { accounts: ["7701001"] });
  inGrace = await submit(api, { accounts: ["7701002"] });
  await approve(api, inGrace);
  completed = await submit(api, { accounts: ["7701003"] });
  await complete(api, completed);
});
afterAll(() => api.stop());

const accountQuery = `query ($id: ID!, $later: LocalDate!) { node(id: $id) { ... on BillingAccount {
  accountNumber agreement { status endDate } partnerOfRecord { pcn }
  today: orderingPartner { pcn } later: orderingPartner(on: $later) { pcn } openCocpRecord { status } } } }`;

/** What a person sees of an account, and who orders for it today and in 90 days. */
async function accountAs(email: string, accountNumber: string) {
  const [id] = await accountIds(api, [accountNumber]);
  const { node } = await api.data(email, accountQuery, { id, later: dayFromNow(90) });
  if (node === null) return null;
  const pcnOf = (partner: { pcn: string } | null) => partner?.pcn ?? null;
  return {
    agreement: node.agreement !== null,
    partnerOfRecord: pcnOf(node.partnerOfRecord),
    today: pcnOf(node.today),
    later: pcnOf(node.later),
    open: node.openCocpRecord?.status ?? null,
  };
}

const harrowgate = "PCN-4410387";
const closed = { agreement: false, partnerOfRecord: null, today: null, later: null, open: null };

test("while the new partner is asked, it sees whom it would follow, and no agreement data", async () => {
  const old = { partnerOfRecord: meridian, today: meridian, later: meridian };
  expect(await accountAs(kim, "7701001")).toEqual({ ...closed, ...old, open: "IN_PROGRESS" });
});

test("while the new partner is asked, the old partner does not meet the account here", async () => {
  expect(await accountAs(elena, "7701001")).toBeNull();
});

test("in the grace period the customer sees who will order from the effective date on", async () => {
  const change = { partnerOfRecord: meridian, today: meridian, later: harrowgate };
  expect(await accountAs(dana, "7701002")).toEqual({ agreement: true, ...change, open: "IN_GRACE_PERIOD" });
  expect(await accountAs(operator, "7701002")).toEqual({ agreement: true, ...change, open: "IN_GRACE_PERIOD" });
});

test("in the grace period the new partner sees itself from the effective date on, and still no agreement data", async () => {
  const change = { partnerOfRecord: meridian, today: meridian, later: harrowgate };
  expect(await accountAs(kim, "7701002")).toEqual({ ...closed, ...change, open: "IN_GRACE_PERIOD" });
});

test("in the grace period the old partner sees its account, and not who follows", async () => {
  const own = { agreement: true, partnerOfRecord: meridian, today: meridian, later: null };
  expect(await accountAs(elena, "7701002")).toEqual({ ...own, open: "IN_GRACE_PERIOD" });
});

test("after completion the new partner is partner of record and sees the agreement", async () => {
  const moved = { agreement: true, partnerOfRecord: harrowgate, today: harrowgate, later: harrowgate, open: null };
  expect(await accountAs(dana, "7701003")).toEqual(moved);
  expect(await accountAs(kim, "7701003")).toEqual(moved);
});

test("after completion the account's data are closed to the old partner", async () => {
  expect(await accountAs(elena, "7701003")).toEqual(closed);
});

test("who only reads an account sees its agreement and partner, and no record", async () => {
  const own = { agreement: true, partnerOfRecord: meridian, today: meridian };
  expect(await accountAs(joan, "7701002")).toMatchObject({ ...own, open: null });
});

test("a role that only reads shows the old partner no more of days ahead than its own part does", async () => {
  const account = "SELECT id FROM billing_accounts WHERE account_number = '7701002'";
  await api.rows(`INSERT INTO billing_account_roles (email, billing_account_id, role)
    SELECT '${elena}', id, 'ENTERPRISE_ADMIN_READ_ONLY' FROM (${account}) a`);
  expect(await accountAs(elena, "7701002")).toMatchObject({ today: meridian, later: null });
  expect(await accountAs(joan, "7701002")).toMatchObject({ today: meridian, later: meridian });
  await api.rows(`DELETE FROM billing_account_roles WHERE email = '${elena}' AND billing_account_id IN (${account})`);
});

test("another customer sees nothing of the account", async () => {
  expect(await accountAs(stellan, "7701002")).toBeNull();
});

test("a completed account can change partner again at once, away from the partner that it has now", async () => {
  const query = `query ($pcn: String!, $ids: [ID!]!) { confirmPartner(pcn: $pcn, billingAccountIds: $ids) {
    confirmed problems { code } } }`;
  const ids = await accountIds(api, ["7701003"]);
  const confirm = async (pcn: string) => (await api.data(dana, query, { pcn, ids })).confirmPartner;
  expect(await confirm(harrowgate)).toEqual({ confirmed: false, problems: [{ code: "PARTNER_IS_CURRENT" }] });
  expect(await confirm(" pcn-4410512 ")).toEqual({ confirmed: true, problems: [] });
  const { requestId } = await submit(api, { accounts: ["7701003"], pcn: meridian, contact: elena });
  await actOnAll(api, elena, "declineCocp", { requestId });
});
