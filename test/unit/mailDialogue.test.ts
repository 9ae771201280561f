import { simpleParser } from "mailparser";
import * as nodemailer from "nodemailer";
import { createMailTransport, MailRefusedError, type Mail } from "../../src/mail/mailTransport";
import { renderMail } from "../../src/mail/renderMail";
import { startScriptedSmtp, type Reply, type Step } from "../support/network/scriptedSmtp";
import { startTestSmtpServer } from "../support/network/smtpServer";

/**
 * Every answer that a mail server may give, at every step; and every text that a mail is made of, when it is hostile.
 */

const portals = { customer: "https://changeover.example", partner: null, operations: null };

const mailWith = (text: string): Mail => ({
  kind: "DECLINED",
  party: "CUSTOMER",
  content: {
    organization: text,
    requestId: "COCP-7Q4M-K2XW",
    recipientPartner: null,
    accounts: [
      {
        accountNumber: "7701",
        displayName: text,
        effectiveDate: "2027-02-20",
        newPartner: { pcn: "PCN-NEW", organizationName: text },
      },
    ],
    submittedAt: "2026-11-23T14:05:00.000Z",
    respondBy: "2026-12-03T14:05:00.000Z",
    expiresAt: "2026-12-23T14:05:00.000Z",
    note: text,
    today: "2026-11-23",
    isUnanswered: false,
    isOverdue: false,
    isInReview: true,
    isPartlyAnswered: false,
    othersExist: false,
    othersGoOn: false,
    othersAreUnanswered: false,
  },
  recipient: "dana@northlight.example",
  messageId: "<0b7f@changeover.example>",
});

const toPartner = (organization: string) => ({
  ...mailWith("Northlight").content,
  organization,
  recipientPartner: { pcn: "PCN-NEW", organizationName: "Brightwater" },
});

const transportTo = (smtpUrl: string, step = 20_000) =>
  createMailTransport({
    smtpUrl,
    mailFrom: "noreply@changeover.example",
    portals,
    patience: { greeting: 20_000, step },
  });

/**
 * Sends to a server that says this at that step: "sent", "later" or "refused", and how often the whole mail got
 * there.
 */
async function sendAgainst(step: Step, reply: Reply): Promise<[string, number]> {
  const server = await startScriptedSmtp(step, reply);
  const isSilent = reply.says === undefined && !reply.closes;
  const transport = transportTo(server.url, isSilent ? 300 : undefined);
  const outcome = await transport.send(mailWith("Northlight")).then(
    () => "sent",
    (error: unknown) => (error instanceof MailRefusedError ? "refused" : "later"),
  );
  transport.close();
  await server.stop();
  return [outcome, server.received.length];
}

test("a server that says yes to everything is sent the mail", async () => {
  expect(await sendAgainst("CONNECT", { says: "220 here" })).toEqual(["sent", 1]);
});

const closing = { says: "421 closing", closes: true };
const answers: [string, Step, Reply, string, number][] = [
  ["H1: 450 at connecting", "CONNECT", { says: "450 busy" }, "later", 0],
  ["H1: 550 at connecting, which is about us", "CONNECT", { says: "550 not you" }, "later", 0],
  ["H2: 450 to the sender", "MAIL", { says: "450 busy" }, "later", 0],
  ["H2: 450 to the address", "RCPT", { says: "450 busy" }, "later", 0],
  ["H2: 450 to DATA", "DATA", { says: "450 busy" }, "later", 0],
  ["H3: 550 to the address", "RCPT", { says: "550 no such user" }, "refused", 0],
  ["H4: 450 after the dot", ".", { says: "450 busy" }, "later", 1],
  ["H4: 550 after the dot", ".", { says: "550 spam" }, "refused", 1],
  ["H5: 421 to the address, and the connection closed", "RCPT", closing, "later", 0],
  ["H5: 421 after the dot, and the connection closed", ".", closing, "later", 1],
  ["H9: the connection closed after the dot, without a word", ".", { closes: true }, "later", 1],
  ["H10: silence after the dot, for longer than we wait", ".", {}, "later", 1],
];

test.each(answers)("%s", async (_case, step, reply, outcome, received) => {
  expect(await sendAgainst(step, reply)).toEqual([outcome, received]);
});

/**
 * The mail that arrives when every text that people typed is this one: its headers, each on one line, and all of it.
 */
async function arriving(mail: Mail): Promise<{ headers: string[]; source: string }> {
  const server = await startTestSmtpServer();
  const transport = transportTo(server.url);
  await transport.send(mail);
  transport.close();
  await server.stop();
  const [source = ""] = server.received;
  const head = source.slice(0, source.indexOf("\r\n\r\n")).replace(/\r\n[ \t]+/g, " ");
  return { headers: head.split("\r\n"), source };
}
const namesOf = (headers: readonly string[]) => headers.map((line) => line.slice(0, line.indexOf(":"))).toSorted();

test.each([
  "=?utf-8?q?You_have_won?=",
  "=?utf-8?b?WW91IGhhdmUgd29u?= Ltd",
  "Ünïted =?iso-8859-1?q?=41?= Works, a name that takes more than one encoded word 株式会社",
  "=?not an encoded word",
])("the customer's name %s is in the subject as it is written, however a mail program decodes it", async (name) => {
  const { source } = await arriving({
    ...mailWith(name),
    kind: "INVITATION",
    party: "NEW_PARTNER",
    content: toPartner(name),
  });
  const subject = `Action required: ${name} (PCN-NEW) would like you to be their new partner`;
  expect((await simpleParser(source)).subject).toBe(subject);
  for (const line of source.split("\r\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
});

test.each(["\r\n", "\n", "\r", "\u2028", "\u0085", "\u0000\r\n"])(
  "H13: a line break %j in a name, a note or the Message-ID adds no header",
  async (lineBreak) => {
    const { headers } = await arriving(mailWith("Northlight"));
    const injected = `x${lineBreak}Bcc: eve@else.example${lineBreak}${lineBreak}<b>body</b>`;
    const messageId = `<0b7f@changeover.example${lineBreak}Bcc: eve@else.example>`;
    const hostile = await arriving({ ...mailWith(injected), messageId });
    expect(namesOf(hostile.headers)).toEqual(namesOf(headers));
  },
);

test("H18: text that names a file or an address is sent as text, and the transport may read neither", async () => {
  const created = jest.spyOn(nodemailer, "createTransport");
  const { source } = await arriving(mailWith('{"path":"/etc/passwd","href":"http://127.0.0.1:1/"}'));
  expect(created).toHaveBeenCalledWith(expect.objectContaining({ disableFileAccess: true, disableUrlAccess: true }));
  expect(source).not.toContain("root:");
  expect(source).not.toMatch(/^Content-Disposition/im);
  created.mockRestore();
});

test("H20: links and pictures in names and notes are neither: the only links are to the portal", () => {
  const text = '<img src="https://eve.example/p.png"><a href="https://eve.example">here</a> https://eve.example/login';
  const { kind, party, content } = mailWith(text);
  const { html } = renderMail(kind, party, content, portals);
  expect(html).toContain("&lt;a href=&quot;https://eve.example&quot;&gt;");
  const links = [...html.matchAll(/\b(?:href|src|background|action)\s*=\s*"([^"]*)"/gi)].map(([, link]) => link);
  expect(new Set(links)).toEqual(new Set(["https://changeover.example"]));
  expect(html).not.toMatch(/<(img|script|iframe|object|form|link)\b/i);
});

test("H21: every mail says that no person wrote it, so that nothing answers it by itself", async () => {
  const { headers } = await arriving(mailWith("Northlight"));
  expect(headers).toContain("Auto-Submitted: auto-generated");
});
