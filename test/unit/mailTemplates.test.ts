import type { MailFacts } from "../../src/domain/mailContent";
import { CocpNotificationKind } from "../../src/domain/model";
import { transitions, type Notice } from "../../src/domain/transitions";
import { renderMail } from "../../src/mail/renderMail";

const pages = (portal: string) => `https://${portal}.example/requests/{requestId}?a=1&b=2`;
const portals = { customer: pages("customer"), partner: pages("partner"), operations: null };
const portalOf = { CUSTOMER: "customer", NEW_PARTNER: "partner", OLD_PARTNER: "partner" };
const brightwater = { pcn: "PCN-NEW", organizationName: "Brightwater" };
const account = (accountNumber: string, more: object = {}) => ({
  accountNumber,
  displayName: `Works ${accountNumber}`,
  effectiveDate: "2027-02-20",
  newPartner: brightwater,
  ...more,
});
const content: MailFacts = {
  organization: "Northlight",
  requestId: "COCP-7Q4M-K2XW",
  recipientPartner: null,
  accounts: [account("7701"), account("7702")],
  submittedAt: "2026-11-23T14:05:00.000Z",
  respondBy: "2026-12-03T14:05:00.000Z",
  expiresAt: "2026-12-23T23:59:59.000Z",
  note: null,
  today: "2026-11-23",
  isUnanswered: true,
  isOverdue: false,
  isInReview: true,
  isPartlyAnswered: false,
  othersExist: false,
  othersGoOn: false,
  othersAreUnanswered: false,
};
const toCustomer = content;
const toNewPartner = { ...content, recipientPartner: brightwater };
const toOldPartner = {
  ...content,
  recipientPartner: { pcn: "PCN-OLD", organizationName: "Oldham" },
  accounts: [account("7701", { newPartner: null })],
};
const contentFor = { CUSTOMER: toCustomer, NEW_PARTNER: toNewPartner, OLD_PARTNER: toOldPartner };
/** As people read it: without markup, one space between words. */
const visible = (html: string) => html.replace(/<style>.*?<\/style>|<[^>]*>/gs, "").replace(/\s+/g, " ");

const notices: Notice[] = [
  ...Object.values(transitions).flatMap((transition): readonly Notice[] => transition.notices),
  { kind: "REMINDER", to: "NEW_PARTNER" },
];

describe.each(notices)("$kind to $to", ({ kind, to }) => {
  const mail = renderMail(kind, to, contentFor[to], portals);

  test("names the request, the customer and the accounts in HTML and in text", () => {
    for (const body of [visible(mail.html), mail.text]) {
      for (const fact of ["COCP-7Q4M-K2XW", "Northlight", "7701", "Works 7701"]) expect(body).toContain(fact);
    }
  });

  test("says the same sentences in HTML and in text", () => {
    const sentences = mail.text.split("\n").filter((line) => line.endsWith(".") && !line.startsWith("> "));
    expect(sentences.length).toBeGreaterThan(1);
    for (const sentence of sentences) expect(visible(mail.html)).toContain(sentence.replace(/^- /, ""));
  });

  test("links to the request at its party's own portal and loads nothing from elsewhere", () => {
    const page = `https://${portalOf[to]}.example/requests/COCP-7Q4M-K2XW?a=1`;
    expect(mail.text).toContain(`${page}&b=2`);
    expect([...mail.html.matchAll(/href="([^"]*)"/g)].map(([, link]) => link)).toEqual([`${page}&amp;b=2`]);
    expect(mail.html).not.toMatch(/<(img|link|script|iframe)|src=|@import|url\(/i);
  });

  test("has one subject line of its own", () => {
    expect(mail.subject).toMatch(/^[^\r\n]{10,150}$/);
  });
});

test("every kind of notification has a mail", () => {
  expect(new Set(notices.map(({ kind }) => kind))).toEqual(new Set(Object.keys(CocpNotificationKind)));
});

test("refuses a kind that is never sent to that party", () => {
  expect(() => renderMail("INVITATION", "OLD_PARTNER", toOldPartner, portals)).toThrow("INVITATION");
});

test("invites with the subject that partners filter by", () => {
  expect(renderMail("INVITATION", "NEW_PARTNER", toNewPartner, portals).subject).toBe(
    "Action required: Northlight (PCN-NEW) would like you to be their new partner",
  );
});

test("I8: spells out until when to answer, with the time zone", () => {
  const { text } = renderMail("INVITATION", "NEW_PARTNER", toNewPartner, portals);
  expect(text).toContain("Respond by: 3 December 2026, 14:05 UTC");
  expect(text).toContain("Expires: 23 December 2026, 23:59 UTC");
  expect(text).toContain("Effective date: 20 February 2027 (UTC)");
});

test.each(["INVITATION", "REMINDER"] as const)("%s past respondBy says that the answer is overdue", (kind) => {
  const { text } = renderMail(kind, "NEW_PARTNER", { ...toNewPartner, isOverdue: true }, portals);
  expect(text).toContain("Answer was due: 3 December 2026, 14:05 UTC");
  expect(text).toContain("overdue, and still possible");
  expect(text).toContain("Without an answer the request expires on 23 December 2026, 23:59 UTC");
  expect(text).not.toMatch(/by 3 December/);
});

test("an acceptance sent after the review does not speak of the review, nor of the time before once it is over", () => {
  const late = renderMail("ACCEPTED", "CUSTOMER", { ...toCustomer, isInReview: false }, portals).text;
  expect(late).not.toContain("24 to 48 hours");
  expect(late).toMatch(/remains\s+partner\s+of\s+record/);
  const over = { ...toCustomer, isInReview: false, today: "2027-02-20" };
  expect(renderMail("ACCEPTED", "CUSTOMER", over, portals).text).not.toMatch(/remains\s+partner\s+of\s+record/);
});

test.each(["EXPIRED", "REFUSED"] as const)(
  "%s of some accounts is a part of the request, whatever became of the others",
  (kind) => {
    const facts = { ...toNewPartner, othersExist: true };
    expect(renderMail(kind, "NEW_PARTNER", facts, portals).subject).toContain("a part of the request");
    expect(renderMail(kind, "NEW_PARTNER", toNewPartner, portals).subject).not.toContain("a part of");
    expect(renderMail(kind, "CUSTOMER", { ...toCustomer, othersExist: true }, portals).text).toMatch(
      /a part of your request/i,
    );
  },
);

test("a partner that answered for some of the accounts is asked for the others alone", () => {
  const amended = (facts: object) =>
    renderMail("EFFECTIVE_DATE_AMENDED", "NEW_PARTNER", { ...toNewPartner, ...facts }, portals).text.replace(
      /\s+/g,
      " ",
    );
  expect(amended({ isPartlyAnswered: true })).toContain("accept or decline the others");
  expect(amended({})).toContain("has not answered for these billing accounts");
  expect(amended({ isUnanswered: false })).toContain("There is nothing to do");
});

test("gives the customer the effective date of what was accepted", () => {
  const mail = renderMail("ACCEPTED", "CUSTOMER", toCustomer, portals);
  expect(mail.text).toContain("The effective date is 20 February 2027 (UTC).");
  expect(visible(mail.html)).toContain("The effective date is 20 February 2027 (UTC).");
});

test("points to the accounts when their effective dates differ", () => {
  const accounts = [account("7701"), account("7702", { effectiveDate: "2027-03-01" })];
  const { text } = renderMail("ACCEPTED", "CUSTOMER", { ...toCustomer, accounts }, portals);
  expect(text).toContain("The effective dates are listed with the accounts.");
  expect(text).toContain("Effective date: 1 March 2027 (UTC)");
});

test("names the partner of each account when they differ, without a date once they are canceled", () => {
  const other = { pcn: "PCN-3", organizationName: "Third Way" };
  const accounts = [account("7701"), account("7702", { newPartner: other })];
  const { text } = renderMail("CANCELED", "CUSTOMER", { ...toCustomer, accounts }, portals);
  expect(text).toContain("New partner: Brightwater (PCN-NEW) and Third Way (PCN-3)");
  expect(text).toContain("- 7702, Works 7702\n  New partner: Third Way (PCN-3)");
  expect(text).not.toContain("20 February 2027");
});

test("shows a note as it was typed, its direction kept to its lines", () => {
  const note = "Not in <b>this</b> quarter.\r\nAsk again & soon.";
  const mail = renderMail("DECLINED", "CUSTOMER", { ...toCustomer, note }, portals);
  expect(mail.html).toContain("Not in &lt;b&gt;this&lt;/b&gt; quarter.<br />Ask again &amp; soon.");
  expect(mail.text).toContain("> \u2068Not in <b>this</b> quarter.\u2069\n> \u2068Ask again & soon.\u2069");
});

test("lets no name break out of the page or the subject", () => {
  const name = "A\"><script>alert('1')</script>\r\nBcc: x@y.example & Co";
  const accounts = [account("7701", { displayName: name })];
  const mail = renderMail("INVITATION", "NEW_PARTNER", { ...toNewPartner, organization: name, accounts }, portals);
  expect(mail.html).not.toContain("<script");
  expect(mail.html).toContain("A&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
  expect(mail.subject).toContain("</script> Bcc: x@y.example & Co (PCN-NEW)");
});
