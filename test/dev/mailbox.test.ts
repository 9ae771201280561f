import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport, type SendMailOptions } from "nodemailer";
import { startMailbox, type Mailbox } from "../../src/dev/mailbox/mailbox";
import { serveRoutes } from "../support/processes/devServer";
import { startTestMailbox } from "../support/network/testMailbox";
import { temporaryFolder } from "../support/processes/temporaryFolder";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start<Kind extends Mailbox>(starting: Promise<Kind>) {
  const mailbox = await starting;
  const server = await serveRoutes(mailbox.routes);
  cleanups.push(() => mailbox.stop(), server.stop);
  const get = (path: string) => fetch(server.url + path);
  return { mailbox, get, url: server.url };
}

async function sendTo(mailbox: Mailbox, more: SendMailOptions = {}): Promise<void> {
  const transport = createTransport(mailbox.smtpUrl);
  const sender = { name: "Changeover", address: "changeover@example.com" };
  await transport.sendMail({ from: sender, to: "ines@partner.example", subject: "Grüße", text: "Hallo", ...more });
  transport.close();
}

test("receives a mail and lists it for scripts", async () => {
  const { mailbox, get } = await start(startTestMailbox());
  const arriving = mailbox.waitForMail(({ to }) => to.includes("ines@partner.example"));
  await sendTo(mailbox, { html: "<p>Hallo</p>", messageId: "<one@example.com>" });
  const { id } = await arriving;
  expect(await (await get("/dev/mail.json")).json()).toEqual([
    {
      id,
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      messageId: "<one@example.com>",
      from: '"Changeover" <changeover@example.com>',
      to: ["ines@partner.example"],
      subject: "Grüße",
    },
  ]);
  expect(await (await get(`/dev/mail/${id}.json`)).json()).toMatchObject({ text: expect.stringMatching(/^Hallo\s*$/) });
  expect(await (await get(`/dev/mail/${id}.eml`)).text()).toContain("Delivered-To: ines@partner.example\r\n");
});

test("lists the newest mail first, and tells a reader that nothing is new", async () => {
  const { mailbox, get } = await start(startTestMailbox());
  for (const subject of ["first", "second"]) await sendTo(mailbox, { subject });
  const answer = await get("/dev/mail.json");
  expect(((await answer.json()) as { subject: string }[]).map(({ subject }) => subject)).toEqual(["second", "first"]);
  expect(mailbox.messages()).toHaveLength(2);
  const tag = answer.headers.get("etag") ?? "";
  expect((await fetch(answer.url, { headers: { "if-none-match": tag } })).status).toBe(304);
});

test("shows a mail's HTML where it can run nothing and load nothing", async () => {
  const { mailbox, get } = await start(startTestMailbox());
  await sendTo(mailbox, { html: "<html><head><title>x</title></head><script>alert(1)</script></html>" });
  const answer = await get(`/dev/mail/${mailbox.messages()[0]?.id}.html`);
  const policy = answer.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/sandbox(?!.*allow-scripts)/);
  expect(await answer.text()).toContain('<head><base target="_blank">');
});

test("has a page that loads only this server's files", async () => {
  const { get } = await start(startTestMailbox());
  const page = await get("/dev/mail");
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  const html = await page.text();
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  const files = [...html.matchAll(/(?:src|href)="(\/dev\/[^"]+)"/g)].map(([, path]) => path ?? "");
  const ours = ["/dev/mail/page.css", "/dev/mail/page.js", "/dev/mail.json"];
  expect(files.toSorted()).toEqual([...ours, "/dev/mail-previews"].toSorted());
  for (const file of ours) expect((await get(file)).status).toBe(200);
});

test("refuses a mail that is not there", async () => {
  const { get } = await start(startTestMailbox());
  expect((await get("/dev/mail/nothing.json")).status).toBe(404);
  expect((await get("/dev/mail/%E0%A4%A")).status).toBe(404);
});

test("keeps its mails over a restart, also mails with several recipients", async () => {
  const directory = await temporaryFolder();
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const first = await startMailbox({ directory });
  await sendTo(first, { to: ["a@partner.example", "b@partner.example"], subject: "kept" });
  const before = first.messages();
  await first.stop();
  expect(await readdir(directory)).toEqual([`${before[0]?.id}.eml`]);
  await writeFile(join(directory, "2026-11-25T08-00-37.948Z-000000.eml"), ""); // a power failure left it
  const { mailbox } = await start(startMailbox({ directory }));
  expect(mailbox.messages()).toEqual(before);
  expect(before[0]?.to).toEqual(["a@partner.example", "b@partner.example"]);
});

test("says what arrived instead of an awaited mail", async () => {
  const { mailbox } = await start(startTestMailbox());
  await sendTo(mailbox);
  await expect(mailbox.waitForMail(() => false, 1)).rejects.toThrow("Arrived: ines@partner.example: Grüße");
});
