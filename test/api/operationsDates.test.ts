import { act, actOnAll, approve, submit, type Submitted } from "../support/api/changes";
import { advance, advanceTo } from "../support/api/sandbox";
import { kim, operator, startTestApi, type TestApi } from "../support/api/testApi";

const day = 86_400_000;
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: { SANDBOX: "on" } });
  const noon = new Date(Math.ceil(Date.now() / day) * day + day / 2);
  await advanceTo(api, noon); // no test runs into midnight
});
afterEach(async () => {
  await api.clearRequests();
  await api.rows(
    "UPDATE billing_accounts SET partner_id = (SELECT id FROM partners WHERE pcn = 'PCN-4410512') WHERE account_number = '7701001'",
  );
});
afterAll(() => api.stop());

/** The service's date, some days on. */
const dateIn = async (days: number) =>
  new Date((await advance(api, {})).getTime() + days * day).toISOString().slice(0, 10);

async function read({ recordIds }: Submitted) {
  const query = `query ($id: ID!) { node(id: $id) { ...on CocpRecord { status effectiveDate earlyCocpCaseNumber
    closedBy waitingOn updatedAt events { type effectiveDate actor }
    billingAccount { partnerOfRecord { pcn } orderingPartner { pcn } } } } }`;
  return (await api.data(operator, query, { id: recordIds[0] })).node;
}
const amend = ({ recordIds }: Submitted, effectiveDate: string, caseNumber = "CASE-7") =>
  act(api, operator, "amendCocpEffectiveDate", { recordIds, effectiveDate, caseNumber });

test("approval on a later day than the effective date moves it to that day and completes", async () => {
  const submitted = await submit(api);
  const { requestId, recordIds } = submitted;
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await actOnAll(api, operator, "startCocpReview", { recordIds });
  const promised = await dateIn(90);
  await advance(api, { days: 95 });
  expect(promised < (await dateIn(0))).toBe(true);
  const waiting = { status: "PENDING_MICROSOFT_REVIEW", effectiveDate: await dateIn(0) };
  expect(await read(submitted)).toMatchObject(waiting);
  const { records } = await act(api, operator, "approveCocp", { recordIds });
  expect(records).toMatchObject([{ status: "COMPLETED" }]);
  const today = await dateIn(0);
  const completed = await read(submitted);
  expect(completed).toMatchObject({ effectiveDate: today, closedBy: "SYSTEM", waitingOn: "NOBODY" });
  expect(completed.events.slice(-2)).toEqual([
    { type: "APPROVED", effectiveDate: today, actor: "OPERATIONS" },
    { type: "COMPLETED", effectiveDate: today, actor: "SYSTEM" },
  ]);
  expect(completed.billingAccount.partnerOfRecord).toEqual({ pcn: "PCN-4410387" });
  expect((await act(api, operator, "approveCocp", { recordIds })).records).toMatchObject([{ status: "COMPLETED" }]);
  expect((await read(submitted)).events).toHaveLength(completed.events.length);
});

test("approval on the effective date itself completes at once and leaves the date", async () => {
  const submitted = await submit(api);
  const { requestId, recordIds } = submitted;
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await actOnAll(api, operator, "startCocpReview", { recordIds });
  await advance(api, { days: 90 });
  const today = await dateIn(0);
  expect(await read(submitted)).toMatchObject({ effectiveDate: today });
  await actOnAll(api, operator, "approveCocp", { recordIds });
  expect(await read(submitted)).toMatchObject({ status: "COMPLETED", effectiveDate: today });
});

test("an Early COCP date of yesterday, after the agreement's end, or without a case number is refused by name", async () => {
  const submitted = await submit(api);
  const refusals: [string, string, string, string][] = [
    [await dateIn(-1), "CASE-7", "DATE_IN_THE_PAST", "effectiveDate"],
    ["2031-07-01", "CASE-7", "DATE_AFTER_AGREEMENT_END", "effectiveDate"],
    [await dateIn(5), "", "CASE_NUMBER_REQUIRED", "caseNumber"],
    [await dateIn(5), " \t", "CASE_NUMBER_REQUIRED", "caseNumber"],
    [await dateIn(5), "7".repeat(101), "TEXT_TOO_LONG", "caseNumber"],
    [await dateIn(5), "CASE\u200B7", "INVALID_NAME", "caseNumber"],
    [await dateIn(5), "CASE\u202E7", "INVALID_NAME", "caseNumber"],
  ];
  for (const [date, caseNumber, code, field] of refusals) {
    const { records, userErrors } = await amend(submitted, date, caseNumber);
    expect([records, userErrors]).toMatchObject([[], [{ code, field: [field] }]]);
  }
  expect(await read(submitted)).toMatchObject({ earlyCocpCaseNumber: null, events: [{ type: "INITIATED" }] });
  for (const date of ["2027-02-30", "tomorrow", "2027-1-5"]) {
    await expect(amend(submitted, date)).rejects.toThrow("BAD_USER_INPUT");
  }
});

test("the agreement's last day and today are both possible", async () => {
  const submitted = await submit(api);
  await amend(submitted, "2031-06-30");
  expect(await read(submitted)).toMatchObject({ effectiveDate: "2031-06-30", earlyCocpCaseNumber: "CASE-7" });
  await amend(submitted, await dateIn(0), " CASE-8 ");
  expect(await read(submitted)).toMatchObject({
    status: "IN_PROGRESS",
    effectiveDate: await dateIn(0),
    earlyCocpCaseNumber: "CASE-8",
  });
});

test("amended to today from the grace period, a change completes at once", async () => {
  const submitted = await submit(api);
  await approve(api, submitted);
  const { records } = await amend(submitted, await dateIn(0));
  expect(records).toMatchObject([{ status: "COMPLETED" }]);
  const types = (await read(submitted)).events.map(({ type }: { type: string }) => type);
  expect(types.slice(-2)).toEqual(["EFFECTIVE_DATE_AMENDED", "COMPLETED"]);
  expect((await read(submitted)).billingAccount.orderingPartner).toEqual({ pcn: "PCN-4410387" });
  expect((await amend(submitted, await dateIn(0))).userErrors).toEqual([]);
  expect((await read(submitted)).events).toHaveLength(types.length);
});

test("a date can be moved later too, and then holds", async () => {
  const submitted = await submit(api);
  await approve(api, submitted);
  const later = await dateIn(100);
  await amend(submitted, later);
  await advance(api, { days: 99 });
  expect(await read(submitted)).toMatchObject({ status: "IN_GRACE_PERIOD", effectiveDate: later });
  await advanceTo(api, new Date(`${later}T00:00:00Z`));
  expect(await read(submitted)).toMatchObject({ status: "COMPLETED", updatedAt: `${later}T00:00:00.000Z` });
});

test("what is over keeps its date", async () => {
  const submitted = await submit(api);
  await actOnAll(api, kim, "declineCocp", { requestId: submitted.requestId });
  const { userErrors } = await amend(submitted, await dateIn(1));
  expect(userErrors).toMatchObject([{ code: "INVALID_STATUS", message: expect.stringContaining("DECLINED") }]);
});
