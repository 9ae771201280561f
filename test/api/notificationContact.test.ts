import { act, actOnAll, harrowgate, initiate, mutationOf, proposal, submit } from "../support/api/changes";
import { juniper } from "../support/api/package";
import { advance, mailReader } from "../support/api/sandbox";
import { dana, kim, mei, operator, sam, startTestApi, stellan, type TestApi } from "../support/api/testApi";

const unknown = "lee@harrowgate.example";
let api: TestApi;
let newMails: ReturnType<typeof mailReader>;
beforeAll(async () => {
  api = await startTestApi({
    environment: {
      SANDBOX: "on",
      CUSTOMER_PORTAL_URL: "https://customer.example/requests/{requestId}",
      PARTNER_PORTAL_URL: "https://partner.example/?r={requestId}",
    },
  });
  newMails = mailReader(api);
});
afterEach(async () => {
  await newMails();
  await api.clearRequests();
});
afterAll(() => api.stop());

const update = (requestId: string, partnerNotificationContact: string, recordIds?: string[]) =>
  act(api, dana, "updatePartnerNotificationContact", { requestId, partnerNotificationContact, recordIds });

const resendMutation = `mutation ($input: ResendNotificationInput!) { resendPartnerNotification(input: $input) {
  records { id } userErrors { code message field recordId } warnings { code field } } }`;
const resend = async (requestId: string, more: object = {}, who = dana) =>
  (await api.data(who, resendMutation, { input: { requestId, ...more } })).resendPartnerNotification;

async function contactOf(recordId: string | undefined) {
  const query = `query ($id: ID!) { node(id: $id) { ...on CocpRecord { partnerNotificationContact contactVerification
    events { type } notifications { kind recipient state suppressedBecause } } } }`;
  return (await api.data(dana, query, { id: recordId })).node;
}

test("another contact is verified and invited, and gets the mail from then on", async () => {
  const { requestId, recordIds } = await submit(api, { contact: sam });
  expect(await newMails()).toEqual([[sam, "Action required"]]);
  expect(await update(requestId, ` ${kim} `)).toMatchObject({ records: [{ id: recordIds[0] }], userErrors: [] });
  expect(await newMails()).toEqual([[kim, "Action required"]]);
  const events = [{ type: "INITIATED" }, { type: "NOTIFICATION_CONTACT_UPDATED" }];
  const changed = { partnerNotificationContact: kim, contactVerification: "VERIFIED", events };
  expect(await contactOf(recordIds[0])).toMatchObject(changed);
  await advance(api, { days: 3 });
  expect(await newMails()).toEqual([[kim, "Reminder"]]);
  await update(requestId, sam);
  await advance(api, { days: 4 });
  expect(await newMails()).toEqual([
    [sam, "Action required"],
    [sam, "Reminder"],
  ]);
});

const poor: [string, string, string, number][] = [
  ["CONTACT_CANNOT_RESPOND", sam, "CANNOT_RESPOND", 1],
  ["CONTACT_UNVERIFIED", unknown, "UNVERIFIED", 0],
  ["CONTACT_UNVERIFIED", "elena.marsh@meridiancloud.example", "UNVERIFIED", 0],
];

test.each(poor)("the customer is warned with %s of %s", async (code, address, verification, mails) => {
  const { requestId, recordIds } = await submit(api);
  await newMails();
  const mutation = mutationOf("updatePartnerNotificationContact").replace(
    "userErrors",
    "warnings { code field } userErrors",
  );
  const input = { requestId, partnerNotificationContact: address };
  const { warnings } = (await api.data(dana, mutation, { input })).updatePartnerNotificationContact;
  expect(warnings).toEqual([{ code, field: ["partnerNotificationContact"] }]);
  expect(await newMails()).toHaveLength(mails);
  const { contactVerification, notifications } = await contactOf(recordIds[0]);
  expect(contactVerification).toBe(verification);
  const state = mails === 1 ? "SENT" : "SUPPRESSED";
  expect(notifications).toContainEqual(expect.objectContaining({ kind: "INVITATION", recipient: address, state }));
});

test("the same contact again is harmless, however it is written", async () => {
  const { requestId, recordIds } = await submit(api);
  await newMails();
  for (const address of [kim, kim.toUpperCase(), ` ${kim}`]) {
    expect(await update(requestId, address)).toMatchObject({ records: [{ id: recordIds[0] }], userErrors: [] });
  }
  expect(await newMails()).toEqual([]);
  expect((await contactOf(recordIds[0])).events).toEqual([{ type: "INITIATED" }]);
});

test("the same contact is invited when the partner has got to know it since", async () => {
  const { requestId, recordIds } = await submit(api, { contact: unknown });
  expect(await newMails()).toEqual([]);
  await api.rows(`INSERT INTO partner_users (email, partner_id, display_name, can_respond)
    SELECT '${unknown}', id, 'Lee', true FROM partners WHERE pcn = 'PCN-4410387'`);
  await update(requestId, unknown);
  expect(await newMails()).toEqual([[unknown, "Action required"]]);
  expect(await contactOf(recordIds[0])).toMatchObject({ contactVerification: "VERIFIED" });
  await api.rows(`DELETE FROM partner_users WHERE email = '${unknown}'`);
});

test("of some records only the contact is changed, and unusable addresses are refused", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await update(requestId, sam, recordIds.slice(0, 1));
  expect(await contactOf(recordIds[0])).toMatchObject({ partnerNotificationContact: sam });
  expect(await contactOf(recordIds[1])).toMatchObject({ partnerNotificationContact: kim });
  for (const address of [
    "",
    "kim",
    "Kim <kim@x.example>",
    "a@x.example,b@x.example",
    "a@x.example\r\nBcc: b@x.example",
  ]) {
    const field = ["partnerNotificationContact"];
    expect((await update(requestId, address)).userErrors).toMatchObject([{ code: "INVALID_EMAIL", field }]);
  }
});

/** A request for two accounts: one to kim's organization, one to mei's. */
async function submitToTwo(): Promise<{ requestId: string; ofKim: string[]; ofMei: string[] }> {
  const input = await proposal(api, { accounts: ["7701001", "7701005"] });
  const [first, second] = input.changes;
  const toMei = { ...second, newPartnerPcn: juniper, partnerNotificationContact: mei };
  const { request } = await initiate(api, dana, { ...input, changes: [first, toMei] as typeof input.changes });
  const idsOf = (number: string) =>
    (request?.records ?? []).flatMap(({ id, billingAccount }) => (billingAccount.accountNumber === number ? [id] : []));
  return { requestId: request?.requestId ?? "", ofKim: idsOf("7701001"), ofMei: idsOf("7701005") };
}

test("of a request with several new partners the contact is changed by named records only", async () => {
  const { requestId, ofKim } = await submitToTwo();
  const error = { code: "RECORDS_OF_SEVERAL_PARTNERS", field: ["recordIds"] };
  expect(await update(requestId, sam)).toMatchObject({ records: [], userErrors: [error] });
  expect(await update(requestId, sam, ofKim)).toMatchObject({ records: [{ id: ofKim[0] }], userErrors: [] });
});

test("the hour's pause counts for each partner and contact", async () => {
  const { requestId, ofKim, ofMei } = await submitToTwo();
  await newMails();
  expect(await resend(requestId, { recordIds: ofKim })).toMatchObject({ userErrors: [] });
  expect(await newMails()).toEqual([[kim, "Action required"]]);
  const both = await resend(requestId);
  expect(both).toMatchObject({ records: [{ id: ofMei[0] }], userErrors: [] });
  expect(await newMails()).toEqual([[mei, "Action required"]]);
  const error = { code: "TOO_MANY_NOTIFICATIONS" };
  expect(await resend(requestId)).toMatchObject({ records: [], userErrors: [error, error] });
  await update(requestId, sam, ofKim);
  expect(await resend(requestId, { recordIds: ofKim })).toMatchObject({ userErrors: [] });
});

test("a contact that moved to another partner is shown as unverified, and gets no reminder", async () => {
  const { requestId, recordIds } = await submit(api);
  await newMails();
  await api.rows(`UPDATE partner_users SET partner_id = (SELECT id FROM partners WHERE pcn = '${juniper}')
    WHERE email = '${kim}'`);
  expect(await contactOf(recordIds[0])).toMatchObject({ contactVerification: "UNVERIFIED" });
  await advance(api, { days: 3 });
  expect((await resend(requestId)).warnings).toEqual([{ code: "CONTACT_UNVERIFIED", field: ["requestId"] }]);
  expect(await newMails()).toEqual([]);
  const suppressed = expect.objectContaining({ recipient: kim, state: "SUPPRESSED" });
  expect((await contactOf(recordIds[0])).notifications.slice(1)).toEqual([suppressed, suppressed]);
  await api.rows(`UPDATE partner_users SET partner_id = (SELECT id FROM partners WHERE pcn = '${harrowgate}')
    WHERE email = '${kim}'`);
  expect(await resend(requestId)).toMatchObject({ records: [{ id: recordIds[0] }], warnings: [] });
  expect(await newMails()).toEqual([[kim, "Action required"]]);
});

test("an unknown contact who became a user who may respond is verified, and gets the invitation when it is resent", async () => {
  const { requestId, recordIds } = await submit(api, { contact: unknown });
  await api.rows(`INSERT INTO partner_users (email, partner_id, display_name, can_respond)
    SELECT '${unknown}', id, 'Lee', true FROM partners WHERE pcn = '${harrowgate}'`);
  expect(await contactOf(recordIds[0])).toMatchObject({ contactVerification: "VERIFIED" });
  expect(await resend(requestId)).toMatchObject({ userErrors: [], warnings: [] });
  expect(await newMails()).toEqual([[unknown, "Action required"]]);
  await api.rows(`DELETE FROM partner_users WHERE email = '${unknown}'`);
});

test("a signer who is no longer Enterprise Administrator of an account gets no more email about it", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await newMails();
  const role = (to: string) =>
    api.rows(
      `UPDATE billing_account_roles r SET role = $1 FROM billing_accounts a WHERE a.id = r.billing_account_id
      AND a.account_number = '7701001' AND r.email = $2`,
      [to, dana],
    );
  await role("ENTERPRISE_ADMIN_READ_ONLY");
  await actOnAll(api, kim, "acceptCocp", { requestId });
  expect(await newMails()).toEqual([[dana, "Accepted"]]);
  const said = await api.rows<{ account: string; state: string; because: string | null }>(
    `SELECT a.account_number AS account, n.state, n.suppressed_because AS because FROM cocp_notifications n
      JOIN cocp_notification_records nr ON nr.notification_id = n.id JOIN cocp_records r ON r.id = nr.record_id
      JOIN billing_accounts a ON a.id = r.billing_account_id WHERE n.kind = 'ACCEPTED' ORDER BY 1`,
  );
  expect(said).toEqual([
    { account: "7701001", state: "SUPPRESSED", because: expect.stringContaining("no longer Enterprise Administrator") },
    { account: "7701002", state: "SENT", because: null },
  ]);
  await role("ENTERPRISE_ADMIN");
  expect(recordIds).toHaveLength(2);
});

test("a reminder names the customer that signed, though an import gave an account to another one since", async () => {
  await submit(api, { accounts: ["7701001", "7701002"] });
  await newMails();
  const moved = `UPDATE billing_accounts SET customer_id = (SELECT id FROM customers WHERE name = $1)
    WHERE account_number = '7701001'`;
  const [other] = await api.rows<{ name: string }>(
    "SELECT name FROM customers WHERE name NOT LIKE 'Northlight%' LIMIT 1",
  );
  await api.rows(moved, [other?.name]);
  await advance(api, { days: 3 });
  expect(await newMails()).toEqual([[kim, "Reminder"]]);
  const [reminder] = api.mailbox.messages();
  expect(reminder?.text).toContain("Customer: Northlight Hospitals Trust");
  await api.rows(moved, ["Northlight Hospitals Trust"]);
});

test("links lead to each party's own page of the request, and the customer has the partner's to pass on", async () => {
  const { requestId } = await submit(api);
  await newMails(); // an answer withdraws an invitation that still waits
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await newMails();
  const linksTo = (who: string) => {
    const mail = api.mailbox.messages().find(({ to, text }) => to.includes(who) && text.includes(requestId));
    return [...(mail?.html ?? "").matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
  };
  const partnerLink = `https://partner.example/?r=${requestId}`;
  expect(linksTo(kim)).toEqual([partnerLink]);
  expect(linksTo(dana)).toEqual([`https://customer.example/requests/${requestId}`]);
  const query = "query ($id: String!) { cocpRequest(requestId: $id) { partnerLink } }";
  const seenBy = async (who: string) => (await api.data(who, query, { id: requestId })).cocpRequest.partnerLink;
  expect(await Promise.all([dana, operator, kim].map(seenBy))).toEqual([partnerLink, partnerLink, null]);
});

test("an invitation is resent once an hour a request, and the customer is told when again", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701001", "7701002"] });
  await newMails();
  const first = await resend(requestId);
  expect(first.records.map(({ id }: { id: string }) => id).sort()).toEqual([...recordIds].sort());
  expect(await newMails()).toEqual([[kim, "Action required"]]);
  const start = (await advance(api, { minutes: 59 })).getTime();
  const again = await resend(requestId, { recordIds: recordIds.slice(1) });
  expect(again).toMatchObject({ records: [], userErrors: [{ code: "TOO_MANY_NOTIFICATIONS" }] });
  const [, from = ""] = /again from (\S+) on/.exec(again.userErrors[0].message) ?? [];
  expect(Math.abs(Date.parse(from) - (start + 60_000))).toBeLessThan(60_000); // a test runs for less than a minute
  await advance(api, { minutes: 1 });
  expect(await resend(requestId)).toMatchObject({ userErrors: [] });
  expect(await newMails()).toEqual([[kim, "Action required"]]);
});

test("of many resendings at once, one is done", async () => {
  const { requestId } = await submit(api);
  await newMails();
  const answers = await Promise.all(Array.from({ length: 10 }, () => resend(requestId)));
  expect(answers.filter(({ records }) => records.length === 1)).toHaveLength(1);
  expect(await newMails()).toEqual([[kim, "Action required"]]);
});

test("to a contact that nobody knows nothing is resent, and the customer is told", async () => {
  const { requestId, recordIds } = await submit(api, { contact: unknown });
  const field = ["requestId"];
  expect((await resend(requestId)).warnings).toEqual([{ code: "CONTACT_UNVERIFIED", field }]);
  expect(await newMails()).toEqual([]);
  const suppressed = { kind: "INVITATION", recipient: unknown, state: "SUPPRESSED" };
  const invitations = Array(2).fill({ ...suppressed, suppressedBecause: expect.stringContaining("not known") });
  expect((await contactOf(recordIds[0])).notifications).toEqual(invitations);
});

test("after the answer neither is possible, and for others neither ever is", async () => {
  const { requestId, recordIds } = await submit(api);
  expect((await resend(requestId, {}, stellan)).userErrors).toMatchObject([{ code: "REQUEST_NOT_FOUND" }]);
  for (const who of [kim, operator]) await expect(resend(requestId, {}, who)).rejects.toThrow("FORBIDDEN");
  const named = await resend(requestId, { recordIds: [recordIds[0], "rec_nothing"] });
  expect(named).toMatchObject({ records: [{ id: recordIds[0] }], userErrors: [{ code: "RECORD_NOT_FOUND" }] });
  await expect(resend(requestId, { recordIds: [] })).rejects.toThrow("BAD_USER_INPUT");
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const error = { code: "INVALID_STATUS", message: expect.stringContaining("ACCEPTED"), recordId: recordIds[0] };
  expect((await resend(requestId)).userErrors).toMatchObject([error]);
  expect((await update(requestId, sam)).userErrors).toMatchObject([error]);
});
