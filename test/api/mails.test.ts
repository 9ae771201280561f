import { readFileSync } from "node:fs";
import { join } from "node:path";
import { act, actOnAll, harrowgate, submit, type Proposal, type Submitted } from "../support/api/changes";
import { dana, kim, sam, startTestApi, type TestApi } from "../support/api/testApi";
import { waitFor } from "../support/waitFor";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

/** The mails about a request, once none is queued any more and every cancellation is finished; oldest first. */
async function mailsAbout({ requestId }: Submitted) {
  await waitFor("all mails to be sent", async () => {
    const [row] = await api.rows<{ settled: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM cocp_notifications WHERE request_id = $1 AND state = 'QUEUED')
        AND NOT EXISTS (SELECT FROM cocp_records WHERE request_id = $1 AND status = 'CANCELLATION_IN_PROGRESS')
        AS settled`,
      [requestId],
    );
    return row?.settled;
  });
  const mails = api.mailbox.messages().filter(({ text }) => text.includes(requestId));
  return mails.map(({ to, subject, text }) => ({ to, subject, text })).reverse();
}

const subjects = async (submitted: Submitted) =>
  (await mailsAbout(submitted)).map(({ to, subject }) => [...to, subject.split(":")[0]]);

/** Submits a request whose invitation has arrived: one that waits is withdrawn by an answer. */
async function invite(what: Proposal): Promise<Submitted> {
  const submitted = await submit(api, what);
  await mailsAbout(submitted);
  return submitted;
}

test("the invitation asks the contact in the words that the customer was promised", async () => {
  const submitted = await submit(api, { accounts: ["7701001", "7701002"] });
  const [invitation, ...others] = await mailsAbout(submitted);
  expect(others).toEqual([]);
  expect(invitation?.to).toEqual([kim]);
  expect(invitation?.subject).toBe(
    `Action required: Northlight Hospitals Trust (${harrowgate}) would like you to be their new partner`,
  );
  for (const account of ["7701001", "7701002"]) expect(invitation?.text).toContain(account);
  await actOnAll(api, kim, "declineCocp", { requestId: submitted.requestId });
});

test("without a portal, email names the Request ID without a link, and there is none to pass on", async () => {
  const submitted = await submit(api, { accounts: ["7701013"] });
  const [invitation] = await mailsAbout(submitted);
  expect(invitation?.text).toContain(`Request ID: ${submitted.requestId}`);
  expect(invitation?.text).not.toMatch(/https?:/);
  // The operation that links open in the playground.
  const query = readFileSync(join(__dirname, "../../playground/openRequest.graphql"), "utf8");
  const { cocpRequest } = await api.data(dana, query, { requestId: submitted.requestId });
  expect(cocpRequest).toMatchObject({ requestId: submitted.requestId, partnerLink: null });
});

test("an acceptance is told to the customer, with the effective date, once", async () => {
  const submitted = await invite({ accounts: ["7701003"] });
  await actOnAll(api, kim, "acceptCocp", { requestId: submitted.requestId });
  await actOnAll(api, kim, "acceptCocp", { requestId: submitted.requestId });
  expect(await subjects(submitted)).toEqual([
    [kim, "Action required"],
    [dana, "Accepted"],
  ]);
});

test("a refusal by the partner is told to the customer with the note", async () => {
  const submitted = await invite({ accounts: ["7701004"] });
  const note = "We don't serve hospitals.\nSorry!";
  await actOnAll(api, kim, "declineCocp", { requestId: submitted.requestId, note });
  const [, declined, ...others] = await mailsAbout(submitted);
  expect(others).toEqual([]);
  expect(declined).toMatchObject({ to: [dana], subject: expect.stringMatching(/^Declined: /) });
  expect(declined?.text).toContain("We don't serve hospitals.");
  expect(declined?.text).toContain("Sorry!");
});

const recordQuery = `query ($id: String!) { cocpRequest(requestId: $id) { records {
  status closedBy billingAccount { accountNumber } events { type actor }
  notifications { kind recipientParty recipient state attempts sentAt } } } }`;

test("a cancellation in full ends CANCELED, with one mail to each side", async () => {
  const submitted = await invite({ accounts: ["7701005", "7701006"] });
  await actOnAll(api, dana, "cancelCocp", { requestId: submitted.requestId });
  await actOnAll(api, dana, "cancelCocp", { requestId: submitted.requestId });
  const mails = await mailsAbout(submitted);
  expect(mails.map(({ to }) => to[0]).sort()).toEqual([dana, kim, kim].sort());
  for (const { text, subject } of mails.slice(1)) {
    expect(subject).toMatch(/^Canceled: /);
    for (const account of ["7701005", "7701006"]) expect(text).toContain(account);
  }
  const { cocpRequest } = await api.data(dana, recordQuery, { id: submitted.requestId });
  const sent = { state: "SENT", attempts: 1, sentAt: expect.any(String) };
  for (const record of cocpRequest.records) {
    expect(record).toMatchObject({ status: "CANCELED", closedBy: "CUSTOMER" });
    expect(record.events).toEqual([
      { type: "INITIATED", actor: "CUSTOMER" },
      { type: "CANCELLATION_REQUESTED", actor: "CUSTOMER" },
      { type: "CANCELED", actor: "SYSTEM" },
    ]);
    expect(record.notifications).toHaveLength(3);
    expect(record.notifications).toEqual(
      expect.arrayContaining([
        { kind: "INVITATION", recipientParty: "NEW_PARTNER", recipient: kim, ...sent },
        { kind: "CANCELED", recipientParty: "NEW_PARTNER", recipient: kim, ...sent },
        { kind: "CANCELED", recipientParty: "CUSTOMER", recipient: dana, ...sent },
      ]),
    );
  }
});

test("a cancellation in part names the accounts that it took out, and leaves the others", async () => {
  const submitted = await invite({ accounts: ["7701007", "7701008", "7701009"] });
  const { requestId, recordIds } = submitted;
  await actOnAll(api, dana, "cancelCocp", { requestId, recordIds: recordIds.slice(0, 2) });
  const canceled = (await mailsAbout(submitted)).filter(({ subject }) => subject.startsWith("Canceled"));
  expect(canceled.map(({ to }) => to[0]).sort()).toEqual([dana, kim].sort());
  for (const { text } of canceled) {
    expect(text).toContain("7701007");
    expect(text).toContain("7701008");
    expect(text).not.toContain("7701009");
  }
  const { records } = await act(api, kim, "acceptCocp", { requestId });
  expect(records).toEqual([{ id: recordIds[2], status: "ACCEPTED" }]);
});

test("a contact who may not respond is mailed; one who is not known at the partner never is", async () => {
  const warned = await submit(api, { accounts: ["7701010"], contact: sam });
  expect(await subjects(warned)).toEqual([[sam, "Action required"]]);
  const unknown = await submit(api, { accounts: ["7701011"], contact: "who@harrowgate.example" });
  await actOnAll(api, dana, "cancelCocp", { requestId: unknown.requestId });
  expect(await subjects(unknown)).toEqual([[dana, "Canceled"]]);
  const { cocpRequest } = await api.data(dana, recordQuery, { id: unknown.requestId });
  const suppressed = cocpRequest.records[0].notifications.filter(
    ({ state }: { state: string }) => state === "SUPPRESSED",
  );
  expect(suppressed.map(({ kind }: { kind: string }) => kind).sort()).toEqual(["CANCELED", "INVITATION"]);
});

test("no mail's subject or recipients can be widened by what the customer typed", async () => {
  await api.rows("UPDATE customers SET name = 'Evil' || chr(13) || chr(10) || 'Bcc: all@example.com'");
  const submitted = await submit(api, { accounts: ["7701012"] });
  const [invitation] = await mailsAbout(submitted);
  expect(invitation?.to).toEqual([kim]);
});
