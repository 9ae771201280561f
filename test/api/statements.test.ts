import pino from "pino";
import { initiate, mutationOf, proposal, submit } from "../support/api/changes";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";

/** What the API sent to the database, transaction control included. */
const statements: string[] = [];
const logger = pino(
  { level: "trace" },
  {
    write(line: string) {
      const { msg, statement } = JSON.parse(line) as { msg?: string; statement?: string };
      if (msg !== "sql" || statement === undefined) return;
      if (!statement.includes("pg_notify")) statements.push(statement); // nobody waits for it: it comes any time
    },
  },
);

let api: TestApi;
const accounts = Array.from({ length: 21 }, (_, index) => String(7701001 + index));

beforeAll(async () => {
  api = await startTestApi({ worker: false, logger });
  await api.rows(
    `UPDATE billing_accounts SET program = 'ENTERPRISE_AGREEMENT', agreement_status = 'ACTIVE', end_date = '2099-12-31',
      bill_to_partner_id = NULL, partner_id = (SELECT id FROM partners WHERE pcn = 'PCN-4410512')
      WHERE account_number = ANY($1)`,
    [accounts],
  );
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

/** The statements that it takes, by their beginnings. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  statements.length = 0;
  await work();
  return statements.map((statement) => statement.slice(0, 60));
}

/** The same for one record and, from the beginning, for twenty. */
async function forOneAndTwenty(of: (size: number) => Promise<string[]>): Promise<[string[], string[]]> {
  const one = await of(1);
  await api.clearRequests();
  return [one, await of(20)];
}

test("initiateCocp takes 13 statements for one account and for twenty", async () => {
  const of = async (size: number) => {
    const input = await proposal(api, { accounts: accounts.slice(0, size) });
    return await statementsOf(() => initiate(api, dana, input));
  };
  const [one, twenty] = await forOneAndTwenty(of);
  expect(twenty).toEqual(one);
  expect(twenty).toHaveLength(13);
});

const answers = [
  ["acceptCocp", kim, 10],
  ["declineCocp", kim, 10],
  ["cancelCocp", dana, 10],
] as const;

test.each(answers)("%s by %s takes %i statements for one record and for twenty", async (mutation, who, expected) => {
  const of = async (size: number) => {
    const { requestId } = await submit(api, { accounts: accounts.slice(0, size) });
    return await statementsOf(() => api.data(who, mutationOf(mutation), { input: { requestId } }));
  };
  const [one, twenty] = await forOneAndTwenty(of);
  expect(twenty).toEqual(one);
  expect(twenty).toHaveLength(expected);
});

const trackingPage = `query ($first: Int) { cocpRecords(first: $first) { feedCursor pageInfo { endCursor hasNextPage } nodes {
  id status overdue availableActions effectiveDate request { requestId submittedAt } billingAccount { accountNumber displayName }
  oldPartner { pcn organizationName } newPartner { pcn organizationName } } COUNTS } }`;

test.each([
  ["", 1],
  ["totalCount", 2],
  ["statusCounts { status count }", 2],
  ["totalCount statusCounts { status count }", 2],
])("the tracking page with counts (%s) takes %i, after the one that says who asks", async (counts, expected) => {
  for (const who of [dana, kim]) {
    const of = async (first: number) => {
      await submit(api, { accounts: accounts.slice(0, 20) });
      return await statementsOf(() => api.data(who, trackingPage.replace("COUNTS", counts), { first }));
    };
    const [one, twenty] = await forOneAndTwenty(of);
    await api.clearRequests();
    expect([one.length, twenty.length]).toEqual([1 + expected, 1 + expected]);
  }
});

const pageQuery = `query ($first: Int) { cocpRecords(first: $first) { totalCount statusCounts { status count } nodes {
  status availableActions billingAccount { accountNumber customer { name } agreement { endDate } partnerOfRecord { pcn }
    orderingPartner { pcn } openCocpRecord { status } cocpEligibility { eligible } }
  oldPartner { pcn } newPartner { pcn } events { type } notifications { kind state }
  request { requestId signature { lastName } terms { version } records { status } } } } }`;

test("a page of records, with all around them, takes at most 18 statements whatever its size", async () => {
  const of = async (first: number) => {
    await submit(api, { accounts: accounts.slice(0, 20) });
    return await statementsOf(() => api.data(dana, pageQuery, { first }));
  };
  const [one, twenty] = await forOneAndTwenty(of);
  expect(Math.max(one.length, twenty.length)).toBeLessThanOrEqual(18); // some are read together or not, as it happens
});

test("a page of accounts takes 5 statements whatever its size", async () => {
  const query = `query ($first: Int) { billingAccounts(first: $first) { totalCount nodes {
    accountNumber customer { name } partnerOfRecord { pcn } orderingPartner { pcn } cocpEligibility { eligible } } } }`;
  const [one, twenty] = await forOneAndTwenty((first) => statementsOf(() => api.data(dana, query, { first })));
  expect([one.length, twenty.length]).toEqual([5, 5]);
});

test("a page of the feed, with the records, takes 4 statements whatever its size", async () => {
  const query = `query ($first: Int) { cocpEvents(first: $first) { nodes {
    type record { status billingAccount { accountNumber } } } } }`;
  const of = async (first: number) => {
    await submit(api, { accounts: accounts.slice(0, 20) });
    return await statementsOf(() => api.data(dana, query, { first }));
  };
  const [one, twenty] = await forOneAndTwenty(of);
  expect(Math.max(one.length, twenty.length)).toBeLessThanOrEqual(4);
});

test("a preview takes 5 statements for one account and for twenty", async () => {
  const query = `query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { items {
    billingAccount { accountNumber } newPartner { pcn } } terms { version } userErrors { code } } }`;
  const of = async (size: number) => {
    const { changes } = await proposal(api, { accounts: accounts.slice(0, size) });
    return await statementsOf(() => api.data(dana, query, { changes }));
  };
  const [one, twenty] = await forOneAndTwenty(of);
  expect(twenty).toEqual(one);
  expect(twenty).toHaveLength(5);
});
