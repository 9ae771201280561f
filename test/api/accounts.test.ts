import { submit } from "../support/api/changes";
import { dana, elena, joan, kim, operator, rafael, startTestApi, stellan, type TestApi } from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  await submit(api, { accounts: ["7701005", "7701007"] });
});
afterAll(() => api.stop());

interface Account {
  readonly accountNumber: string;
  readonly cocpEligibility: { eligible: boolean; reasons: { code: string; message: string }[] };
}

interface AccountPage {
  readonly nodes: Account[];
  readonly totalCount: number;
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

const pageQuery = `query ($filter: BillingAccountFilter, $first: Int, $after: String, $last: Int, $before: String) {
  billingAccounts(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { accountNumber cocpEligibility { eligible reasons { code message } } } } }`;

const accountsOf = async (email: string, variables: Record<string, unknown> = { first: 100 }): Promise<AccountPage> =>
  (await api.data(email, pageQuery, variables)).billingAccounts;
const numbersOf = ({ nodes }: AccountPage) => nodes.map(({ accountNumber }) => accountNumber);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

/** The codes of what keeps an account out. */
async function reasonsOf(email: string, search: string): Promise<string[]> {
  const { nodes } = await accountsOf(email, { filter: { search } });
  return nodes.flatMap(({ cocpEligibility }) => cocpEligibility.reasons.map(({ code }) => code));
}

test("a person sees the accounts that it holds a role on, by account number", async () => {
  expect(numbersOf(await accountsOf(dana))).toEqual(range(7701001, 7701022));
  expect(numbersOf(await accountsOf(rafael))).toEqual([...range(7701005, 7701010), "7701022"]);
  expect(numbersOf(await accountsOf(joan))).toEqual(range(7701001, 7701014));
  expect(numbersOf(await accountsOf(stellan))).toEqual(range(7702001, 7702006));
});

test("a partner's people hold no role on an account; operations lists them all", async () => {
  expect(await accountsOf(kim)).toMatchObject({ totalCount: 0, nodes: [] });
  expect((await accountsOf(operator)).totalCount).toBe(40);
});

test.each([dana, rafael, joan, stellan, kim, elena, operator])(
  "the filter agrees with the answer, for %s",
  async (who) => {
    const all = await accountsOf(who);
    for (const eligible of [true, false]) {
      const filtered = await accountsOf(who, { first: 100, filter: { eligible } });
      const expected = all.nodes.filter((account) => account.cocpEligibility.eligible === eligible);
      expect(filtered.nodes).toEqual(expected);
      expect(filtered.totalCount).toBe(expected.length);
    }
  },
);

test("says all that keeps an account out, each with a sentence that names the account", async () => {
  expect(await reasonsOf(dana, "7701015")).toEqual(["PROGRAM_OUT_OF_SCOPE"]);
  expect(await reasonsOf(dana, "7701016")).toEqual(["AGREEMENT_EXPIRED"]);
  expect(await reasonsOf(dana, "7701017")).toEqual(["AGREEMENT_EXPIRED"]);
  expect(await reasonsOf(dana, "7701018")).toEqual(["AGREEMENT_ENDED"]);
  expect(await reasonsOf(dana, "7701019")).toEqual(["ENTERPRISE_DIRECT_SUPPORT_BILL_TO"]);
  const bothWays = ["ENTERPRISE_DIRECT_SUPPORT_BILL_TO", "ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR"];
  expect(await reasonsOf(dana, "7701020")).toEqual(bothWays);
  const three = ["PROGRAM_OUT_OF_SCOPE", "AGREEMENT_ENDED", "ENTERPRISE_DIRECT_SUPPORT_BILL_TO"];
  expect(await reasonsOf(dana, "7701021")).toEqual(three);
  expect(await reasonsOf(dana, "7701005")).toEqual(["OPEN_REQUEST_EXISTS"]);
  expect(await reasonsOf(dana, "7701001")).toEqual([]);
  const { nodes } = await accountsOf(dana);
  for (const { accountNumber, cocpEligibility } of nodes) {
    for (const { message } of cocpEligibility.reasons) expect(message).toContain(accountNumber);
  }
});

test("another administrator of the account sees the open request too", async () => {
  expect(await reasonsOf(rafael, "7701007")).toEqual(["OPEN_REQUEST_EXISTS"]);
});

test("who may only read an account, or only reviews it, is told that and nothing else", async () => {
  const { nodes } = await accountsOf(joan);
  const codes = nodes.map(({ cocpEligibility }) => cocpEligibility.reasons.map(({ code }) => code));
  expect(codes).toEqual(nodes.map(() => ["NOT_ENTERPRISE_ADMIN"]));
  expect(await reasonsOf(dana, "7701022")).toEqual(["NOT_ENTERPRISE_ADMIN"]);
  expect(await reasonsOf(operator, "7701021")).toEqual(["NOT_ENTERPRISE_ADMIN"]);
});

test("finds accounts by a part of their number or name, whatever the case", async () => {
  const found = async (search: string) => numbersOf(await accountsOf(dana, { filter: { search } }));
  expect(await found("HOSPITAL")).toEqual(["7701002", "7701004", "7701017"]);
  expect(await found("02001")).toEqual([]);
  expect(await found("01002")).toEqual(["7701002"]);
  expect(await found("%")).toEqual([]);
  expect(await found("_")).toEqual([]);
  expect(await found("(closed)")).toEqual(["7701016"]);
});

test("pages forward and backward give the same list", async () => {
  const forward: string[] = [];
  let page = await accountsOf(dana, { first: 5 });
  expect(page.pageInfo.hasPreviousPage).toBe(false);
  for (;;) {
    forward.push(...numbersOf(page));
    if (!page.pageInfo.hasNextPage) break;
    page = await accountsOf(dana, { first: 5, after: page.pageInfo.endCursor });
  }
  expect(forward).toEqual(range(7701001, 7701022));

  const backward: string[] = [];
  page = await accountsOf(dana, { last: 5 });
  expect(page.pageInfo.hasNextPage).toBe(false);
  for (;;) {
    backward.unshift(...numbersOf(page));
    if (!page.pageInfo.hasPreviousPage) break;
    page = await accountsOf(dana, { last: 5, before: page.pageInfo.startCursor });
  }
  expect(backward).toEqual(forward);
});

test("a page has 20 accounts unless told otherwise, and the count is of all", async () => {
  const page = await accountsOf(dana, {});
  expect([page.nodes.length, page.totalCount]).toEqual([20, 22]);
});

function cursorOf(...values: string[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

const badPages: [string, Record<string, unknown>, string, string | undefined][] = [
  ["first: 0", { first: 0 }, "BAD_USER_INPUT", "first"],
  ["first: 1000", { first: 1000 }, "BAD_USER_INPUT", "first"],
  ["last: 101", { last: 101 }, "BAD_USER_INPUT", "last"],
  ["first with last", { first: 1, last: 1 }, "BAD_USER_INPUT", "last"],
  ["first with before", { first: 1, before: "x" }, "BAD_USER_INPUT", "before"],
  ["a cursor that is none", { after: "nonsense" }, "INVALID_CURSOR", undefined],
  ["an empty cursor", { after: "" }, "INVALID_CURSOR", undefined],
  ["a cursor with a NUL in it", { after: cursorOf("accounts", "a\u0000") }, "INVALID_CURSOR", undefined],
  ["a cursor of another list", { after: cursorOf("feed", "1", "1") }, "INVALID_CURSOR", undefined],
];

test.each(badPages)("refuses %s", async (_what, variables, code, field) => {
  const { errors, data } = await api.ask(dana, pageQuery, variables);
  expect(data).toBeNull();
  expect(errors?.[0]?.extensions).toEqual({ code, ...(field && { field: [field] }) });
});

test("an account's open record is told to those who are part of it", async () => {
  const query = `{ billingAccounts(filter: { search: "7701005" }) { nodes { openCocpRecord { status } } } }`;
  const openOf = async (email: string) => (await api.data(email, query)).billingAccounts.nodes[0].openCocpRecord;
  expect(await openOf(dana)).toEqual({ status: "IN_PROGRESS" });
  expect(await openOf(rafael)).toEqual({ status: "IN_PROGRESS" });
  expect(await openOf(joan)).toBeNull();
});
