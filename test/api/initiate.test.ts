import {
  addAccountsLike,
  countRows,
  harrowgate,
  initiate,
  proposal,
  submit,
  type InitiateInput,
} from "../support/api/changes";
import { dana, kim, operator, sam, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const previewQuery = `query ($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) {
  items { billingAccount { accountNumber } eligibility { eligible reasons { code } } newPartner { pcn }
    contactVerification notificationWillBeSent }
  terms { kind version sections { kind title billingAccounts { accountNumber } } }
  respondBy expiresAt effectiveDate userErrors { code message field } warnings { code message field } } }`;

const preview = async ({ changes }: InitiateInput) => (await api.data(dana, previewQuery, { changes })).previewCocp;

const requestQuery = `query ($id: String!) { cocpRequest(requestId: $id) {
  requestId submittedAt respondBy expiresAt customer { customerNumber }
  signature { firstName lastName signedBy signedAt termsVersion }
  terms { kind version sections { kind title billingAccounts { accountNumber } } }
  records { status effectiveDate contactVerification partnerNotificationContact reason reasonNote
    billingAccount { accountNumber } newPartner { pcn } oldPartner { pcn } availableActions
    notifications { kind state recipient suppressedBecause } events { type actor previousStatus status } } } }`;

const requestOf = async (email: string, id: string) => (await api.data(email, requestQuery, { id })).cocpRequest;

test("the preview says what the submission does", async () => {
  const input = await proposal(api, { accounts: ["7701001", "7701007"] });
  const shown = await preview(input);
  expect(shown).toMatchObject({ userErrors: [], warnings: [], terms: { kind: "COMBINED" } });
  const { request, userErrors, warnings } = await initiate(api, dana, input);
  expect([userErrors, warnings]).toEqual([[], []]);
  const signed = await requestOf(dana, request?.requestId ?? "");
  expect(signed.terms).toEqual(shown.terms);
  expect(signed.signature.termsVersion).toBe(shown.terms.version);
  for (const [index, record] of signed.records.entries()) {
    expect(record.billingAccount).toEqual(shown.items[index].billingAccount);
    expect(record.newPartner).toEqual(shown.items[index].newPartner);
    expect(record.contactVerification).toBe(shown.items[index].contactVerification);
    expect(record.effectiveDate).toBe(shown.effectiveDate);
  }
});

test("the preview refuses and warns in the words of the submission", async () => {
  const accounts = ["7701001", "7701021", "7701008"];
  const input = await proposal(api, { accounts, pcn: "PCN-4410512", contact: "who@elsewhere.example" });
  const shown = await preview(input);
  const { request, userErrors, warnings } = await initiate(api, dana, input);
  expect(request).toBeNull();
  expect(userErrors.map(({ code }) => code)).toContain("PARTNER_IS_CURRENT");
  expect(userErrors).toEqual(shown.userErrors);
  expect(warnings).toEqual(
    shown.warnings.map(({ code, field }: { code: string; field: string[] }) => ({ code, field })),
  );
});

test("E15: the preview writes nothing, mails nobody and locks nothing out", async () => {
  const input = await proposal(api);
  const rows = await countRows(api);
  await preview(input);
  expect((await preview(input)).userErrors).toEqual([]);
  expect(await countRows(api)).toEqual(rows); // notifications and jobs among them
});

test("a submitted request has a signature, dates, and records that wait for the new partner", async () => {
  const { requestId } = await submit(api, { accounts: ["7701001"] });
  expect(requestId).toMatch(/^COCP-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const request = await requestOf(dana, requestId.toLowerCase());
  const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;
  expect(days(request.submittedAt, request.respondBy)).toBe(10);
  expect(days(request.submittedAt, request.expiresAt)).toBe(30);
  expect(days(request.submittedAt.slice(0, 10), request.records[0].effectiveDate)).toBe(90);
  const signer = { firstName: "Dana", lastName: "Whitfield", signedBy: dana, signedAt: request.submittedAt };
  expect(request).toMatchObject({ requestId, signature: signer, customer: { customerNumber: "C-10021" } });
  expect(request.records).toMatchObject([
    {
      status: "IN_PROGRESS",
      newPartner: { pcn: harrowgate },
      oldPartner: { pcn: "PCN-4410512" },
      reason: "UNSATISFACTORY_SERVICE",
      reasonNote: "Slow to answer",
      events: [{ type: "INITIATED", actor: "CUSTOMER", previousStatus: null, status: "IN_PROGRESS" }],
    },
  ]);
});

const contacts: [string, string, object, string[]][] = [
  [kim, "VERIFIED", { state: "QUEUED", suppressedBecause: null }, []],
  [sam, "CANNOT_RESPOND", { state: "QUEUED", suppressedBecause: null }, ["CONTACT_CANNOT_RESPOND"]],
  ["elena.marsh@meridiancloud.example", "UNVERIFIED", suppressed(), ["CONTACT_UNVERIFIED"]],
  ["Unknown.Person@harrowgate.example", "UNVERIFIED", suppressed(), ["CONTACT_UNVERIFIED"]],
  [kim.toUpperCase(), "VERIFIED", { state: "QUEUED", suppressedBecause: null }, []],
];

function suppressed() {
  return { state: "SUPPRESSED", suppressedBecause: expect.stringContaining("privacy") };
}

test.each(contacts)("the contact %s is %s", async (contact, contactVerification, notification, codes) => {
  const input = await proposal(api, { contact });
  const [item] = (await preview(input)).items;
  const notificationWillBeSent = contactVerification !== "UNVERIFIED";
  expect(item).toMatchObject({ contactVerification, notificationWillBeSent });
  const { request, warnings } = await initiate(api, dana, input);
  const field = ["changes", "0", "partnerNotificationContact"];
  expect(warnings).toEqual(codes.map((code) => ({ code, field })));
  const [record] = (await requestOf(dana, request?.requestId ?? "")).records;
  expect(record).toMatchObject({ contactVerification, partnerNotificationContact: contact });
  expect(record.notifications).toEqual([{ kind: "INVITATION", recipient: contact, ...notification }]);
});

test("warns of an agreement that ends before the effective date", async () => {
  const end = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
  await api.rows("UPDATE billing_accounts SET end_date = $1 WHERE account_number = '7701006'", [end]);
  const { request, warnings } = await initiate(api, dana, await proposal(api, { accounts: ["7701006"] }));
  const field = ["changes", "0", "billingAccountId"];
  expect(warnings).toEqual([{ code: "AGREEMENT_ENDS_BEFORE_EFFECTIVE_DATE", field }]);
  expect(request).not.toBeNull();
});

test("a package may name several partners: each is invited once for its accounts, and sees no others", async () => {
  const input = await proposal(api, { accounts: ["7701001", "7701002", "7701007", "7701012"] });
  const juniper = { newPartnerPcn: "PCN-4411290", partnerNotificationContact: "mei.tan@juniperlane.example" };
  const changes = input.changes.map((change, index) => (index < 2 ? change : { ...change, ...juniper }));
  const { request, userErrors } = await initiate(api, dana, { ...input, changes });
  expect(userErrors).toEqual([]);
  const notifications = await api.rows(`SELECT n.recipient, count(*)::integer AS accounts
    FROM cocp_notifications n JOIN cocp_notification_records r ON r.notification_id = n.id GROUP BY n.id, n.recipient
    ORDER BY n.recipient`);
  expect(notifications).toEqual([
    { recipient: kim, accounts: 2 },
    { recipient: "mei.tan@juniperlane.example", accounts: 2 },
  ]);
  const seen = await requestOf(kim, request?.requestId ?? "");
  const numbers = seen.records.map((record: { billingAccount: { accountNumber: string } }) => record.billingAccount);
  expect(numbers).toEqual([{ accountNumber: "7701001" }, { accountNumber: "7701002" }]);
  expect(seen.terms.sections).toMatchObject([{ billingAccounts: numbers }]);
});

test("one bad account stops the request", async () => {
  const input = await proposal(api, { accounts: ["7701001", "7701016"] });
  const { request, userErrors } = await initiate(api, dana, input);
  expect([request, userErrors.map(({ code }) => code)]).toEqual([null, ["BILLING_ACCOUNT_NOT_ELIGIBLE"]]);
  expect(await initiate(api, dana, await proposal(api))).toMatchObject({ userErrors: [] });
});

test("E6: of 20 accounts one is eligible no more when it is submitted: nothing is created, and every reason is told", async () => {
  const accounts = Array.from({ length: 20 }, (_, index) => `E${100 + index}`);
  await addAccountsLike(api, accounts);
  const input = await proposal(api, { accounts });
  expect((await preview(input)).userErrors).toEqual([]);
  await api.rows(`UPDATE billing_accounts SET agreement_status = 'EXPIRED', program = 'SELECT'
    WHERE account_number = 'E107'`);
  const rows = await countRows(api);
  const { request, userErrors } = await initiate(api, dana, input);
  expect(request).toBeNull();
  const told = (message: string) => ({
    code: "BILLING_ACCOUNT_NOT_ELIGIBLE",
    field: ["changes", "7", "billingAccountId"],
    message: expect.stringContaining(message),
  });
  expect(userErrors).toEqual([told("program SELECT"), told("agreement that expired")]);
  expect(await countRows(api)).toEqual(rows);
});

test.each([kim, operator])("%s is no Enterprise Administrator and can't initiate", async (who) => {
  const query = "mutation ($input: InitiateCocpInput!) { initiateCocp(input: $input) { replayed } }";
  const { errors, data } = await api.ask(who, query, { input: await proposal(api) });
  expect([data, errors?.[0]?.extensions]).toEqual([null, { code: "FORBIDDEN" }]);
});

test("takes a note of 1,000 characters, counted as people count", async () => {
  const reasonNote = "🙂".repeat(1_000);
  const input = await proposal(api);
  const changes = input.changes.map((change) => ({ ...change, reasonNote }));
  const { request, userErrors } = await initiate(api, dana, { ...input, changes });
  expect(userErrors).toEqual([]);
  expect((await requestOf(dana, request?.requestId ?? "")).records).toMatchObject([{ reasonNote }]);
});
