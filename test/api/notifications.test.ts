import { actOnAll, approve, harrowgate, meridian, submit, type Submitted } from "../support/api/changes";
import { dateInWords } from "../../src/mail/phrases";
import { meridianDesk } from "../support/api/package";
import { advance, advanceTo, mailReader } from "../support/api/sandbox";
import { dana, kim, operator, startTestApi, type TestApi } from "../support/api/testApi";

const northlight = "Northlight Hospitals Trust";
const asNewPartner = `${northlight} (${harrowgate})`;
const asOldPartner = `${northlight} (${meridian})`;
const newPartner = `Harrowgate Licensing (${harrowgate})`;

let api: TestApi;
let mailsSent: ReturnType<typeof mailReader>;
beforeAll(async () => {
  api = await startTestApi({ environment: { SANDBOX: "on" } });
  mailsSent = mailReader(api);
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

/** What the API tells of the notifications of one kind. */
async function notices({ recordIds }: Submitted, kind: string, who = operator) {
  const query = `query ($id: ID!) { node(id: $id) { ...on CocpRecord { notifications {
    kind recipientParty recipient state attempts suppressedBecause sentAt } } } }`;
  const { notifications } = (await api.data(who, query, { id: recordIds[0] })).node;
  return notifications.filter((notice: { kind: string }) => notice.kind === kind);
}

const tomorrow = async () => new Date((await advance(api, {})).getTime() + 86_400_000).toISOString().slice(0, 10);
const amend = async ({ recordIds }: Submitted, effectiveDate: string) =>
  await actOnAll(api, operator, "amendCocpEffectiveDate", { recordIds, effectiveDate, caseNumber: "CASE-9" });
const accept = ({ requestId }: Submitted) => actOnAll(api, kim, "acceptCocp", { requestId });

interface Scenario {
  readonly kind: string;
  readonly when: string;
  /** What leads there, and what brings the notification about. */
  readonly before?: (submitted: Submitted) => Promise<unknown>;
  readonly action: (submitted: Submitted) => Promise<unknown>;
  /** Party, address and subject; ID stands for the Request ID. */
  readonly told: readonly (readonly [party: string, recipient: string, subject: string])[];
  readonly account?: string;
}

const table: Scenario[] = [
  {
    kind: "INVITATION",
    when: "it is initiated",
    action: async () => {},
    told: [["NEW_PARTNER", kim, `Action required: ${asNewPartner} would like you to be their new partner`]],
  },
  {
    kind: "REMINDER",
    when: "a reminder day comes",
    action: () => advance(api, { days: 3 }),
    told: [["NEW_PARTNER", kim, `Reminder: ${asNewPartner} is waiting for your answer`]],
  },
  {
    kind: "ACCEPTED",
    when: "it is accepted",
    action: accept,
    told: [["CUSTOMER", dana, `Accepted: ${newPartner} will be your new partner (ID)`]],
  },
  {
    kind: "DECLINED",
    when: "it is declined",
    action: ({ requestId }) => actOnAll(api, kim, "declineCocp", { requestId, note: "No" }),
    told: [["CUSTOMER", dana, `Declined: ${newPartner} will not be your new partner (ID)`]],
  },
  {
    kind: "CANCELED",
    when: "it is canceled",
    action: ({ requestId }) => actOnAll(api, dana, "cancelCocp", { requestId }),
    told: [
      ["CUSTOMER", dana, "Canceled: your change of partner for 1 billing account (ID)"],
      ["NEW_PARTNER", kim, `Canceled: ${asNewPartner} has withdrawn its request ID`],
    ],
  },
  {
    kind: "EXPIRED",
    when: "30 days have passed",
    before: () => advance(api, { days: 29 }),
    action: () => advance(api, { days: 1 }),
    told: [
      ["CUSTOMER", dana, "Expired: your change of partner for 1 billing account (ID)"],
      ["NEW_PARTNER", kim, `Expired: the request of ${asNewPartner}`],
    ],
  },
  {
    kind: "REFUSED",
    when: "operations refuses it",
    before: accept,
    action: ({ recordIds }) => actOnAll(api, operator, "refuseCocp", { recordIds, note: "No such entity" }),
    told: [
      ["CUSTOMER", dana, "Refused: your change of partner for 1 billing account (ID)"],
      ["NEW_PARTNER", kim, `Refused: the request of ${asNewPartner}`],
    ],
  },
  {
    kind: "REFUSED",
    when: "operations refuses it in the grace period, of which the old partner was notified",
    before: (submitted) => approve(api, submitted),
    action: ({ recordIds }) => actOnAll(api, operator, "refuseCocp", { recordIds, note: "No such entity" }),
    told: [
      ["CUSTOMER", dana, "Refused: your change of partner for 1 billing account (ID)"],
      ["NEW_PARTNER", kim, `Refused: the request of ${asNewPartner}`],
      ["OLD_PARTNER", meridianDesk, `Notice: ${asOldPartner} stays with you`],
    ],
  },
  {
    kind: "EFFECTIVE_DATE_AMENDED",
    when: "its date is amended to the date that it has",
    action: async (submitted) => {
      const query = "query ($id: ID!) { node(id: $id) { ...on CocpRecord { effectiveDate } } }";
      const { effectiveDate } = (await api.data(operator, query, { id: submitted.recordIds[0] })).node;
      await amend(submitted, effectiveDate);
    },
    told: [],
  },
  {
    kind: "APPROVED",
    when: "operations approves it",
    action: (submitted) => approve(api, submitted),
    told: [
      ["CUSTOMER", dana, `Approved: ${newPartner} becomes your partner (ID)`],
      ["NEW_PARTNER", kim, `Approved: you become the partner of ${asNewPartner}`],
      ["OLD_PARTNER", meridianDesk, `Notice: ${asOldPartner} changes to another partner`],
    ],
  },
  {
    kind: "EFFECTIVE_DATE_AMENDED",
    when: "its date is amended and the old partner knows of it",
    before: (submitted) => approve(api, submitted),
    action: async (submitted) => amend(submitted, await tomorrow()),
    told: [
      ["CUSTOMER", dana, "New effective date for your change of partner (ID)"],
      ["NEW_PARTNER", kim, `New effective date: ${asNewPartner}`],
      ["OLD_PARTNER", meridianDesk, `New effective date: ${asOldPartner} changes to another partner`],
    ],
  },
  {
    kind: "EFFECTIVE_DATE_AMENDED",
    when: "its date is amended before the old partner knows of it",
    action: async (submitted) => amend(submitted, await tomorrow()),
    told: [
      ["CUSTOMER", dana, "New effective date for your change of partner (ID)"],
      ["NEW_PARTNER", kim, `New effective date: ${asNewPartner}`],
    ],
  },
  {
    kind: "COMPLETED",
    when: "the effective date has come",
    before: async (submitted) => {
      await approve(api, submitted);
      await amend(submitted, await tomorrow());
    },
    action: async () => advanceTo(api, new Date(`${await tomorrow()}T00:00:00Z`)),
    told: [
      ["CUSTOMER", dana, `Completed: ${newPartner} is your partner now (ID)`],
      ["NEW_PARTNER", kim, `Completed: you are the partner of ${asNewPartner} now`],
      ["OLD_PARTNER", meridianDesk, `Completed: ${asOldPartner} has changed to another partner`],
    ],
  },
  {
    kind: "APPROVED",
    when: "operations approves it and the old partner has no address",
    account: "7701012",
    action: (submitted) => approve(api, submitted),
    told: [
      ["CUSTOMER", dana, `Approved: ${newPartner} becomes your partner (ID)`],
      ["NEW_PARTNER", kim, `Approved: you become the partner of ${asNewPartner}`],
    ],
  },
];

test.each(table)("$kind is told when $when, to whom it concerns and nobody else", async (scenario) => {
  const { kind, account = "7701001", before, action, told } = scenario;
  const submitted = await submit(api, { accounts: [account] });
  await before?.(submitted);
  const { requestId } = submitted;
  if (before !== undefined) await mailsSent();
  const known = new Set((before === undefined ? [] : api.mailbox.messages()).map(({ id }) => id));
  await action(submitted);
  await mailsSent();
  const isNew = ({ id, text }: { id: string; text: string }) => !known.has(id) && text.includes(requestId);
  const subjects = new Set(told.map(([, , subject]) => subject.replace("ID", requestId)));
  const mails = api.mailbox.messages().filter((mail) => isNew(mail) && subjects.has(mail.subject));
  expect(mails.map(({ to, subject }) => [to.join(), subject]).sort()).toEqual(
    told.map(([, recipient, subject]) => [recipient, subject.replace("ID", requestId)]).sort(),
  );
  const sent = { state: "SENT", attempts: 1, suppressedBecause: null, sentAt: expect.any(String) };
  expect(await notices(submitted, kind)).toEqual(
    expect.arrayContaining(told.map(([recipientParty, recipient]) => ({ kind, recipientParty, recipient, ...sent }))),
  );
  expect(await notices(submitted, kind)).toHaveLength(told.length);
  for (const { to, text, html } of api.mailbox.messages().filter((mail) => isNew(mail))) {
    if (to.join() !== dana) expect(`${text}${html}`).not.toMatch(/Slow to answer|UNSATISFACTORY/i);
    if (to.join() === meridianDesk) expect(`${text}${html}`).not.toMatch(/Harrowgate|PCN-4410387/i);
  }
});

test("a partner is shown the notifications that were addressed to it, and the customer all", async () => {
  const submitted = await submit(api, { accounts: ["7701002"] });
  await approve(api, submitted);
  await mailsSent();
  const parties = async (who: string) =>
    (await notices(submitted, "APPROVED", who))
      .map((notice: { recipientParty: string }) => notice.recipientParty)
      .sort();
  expect(await parties(kim)).toEqual(["NEW_PARTNER"]);
  expect(await parties("elena.marsh@meridiancloud.example")).toEqual(["OLD_PARTNER"]);
  expect(await parties(dana)).toEqual(["CUSTOMER", "NEW_PARTNER", "OLD_PARTNER"]);
});

test("the acceptance of a record whose date has passed names today, and no day that is over", async () => {
  const submitted = await submit(api, { accounts: ["7701003"] });
  const today = (await advance(api, {})).toISOString().slice(0, 10);
  await amend(submitted, today);
  await mailsSent();
  const now = await advance(api, { days: 2 });
  await accept(submitted);
  await mailsSent();
  const mail = api.mailbox
    .messages()
    .find(({ subject, text }) => subject.startsWith("Accepted") && text.includes(submitted.requestId));
  expect(mail?.text).toContain(`The effective date is ${dateInWords(now.toISOString().slice(0, 10))}.`);
  expect(mail?.text).not.toContain(dateInWords(today));
});

test("a partner whose accounts were canceled in part is told of others only while they wait for its answer", async () => {
  const { requestId, recordIds } = await submit(api, { accounts: ["7701002", "7701003"] });
  await mailsSent();
  const waiting = "Other billing accounts of the same request still wait for your answer.";
  const canceled = () => {
    const fits = ({ to, subject }: { to: readonly string[]; subject: string }) =>
      to.includes(kim) && subject.startsWith("Canceled") && subject.includes(requestId);
    return api.mailbox.messages().find(fits);
  };
  await actOnAll(api, dana, "cancelCocp", { requestId, recordIds: recordIds.slice(0, 1) });
  await mailsSent();
  expect(canceled()).toMatchObject({
    subject: expect.stringContaining("a part of its request"),
    text: expect.stringContaining(waiting),
  });
  await actOnAll(api, dana, "cancelCocp", { requestId });
  await mailsSent();
  expect(canceled()?.subject).not.toContain("a part of");
  expect(canceled()?.text).not.toContain(waiting);
});
