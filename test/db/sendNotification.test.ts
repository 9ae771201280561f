import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { simpleParser } from "mailparser";
import { readBacklog } from "../../src/db/backlog";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { createMailTransport, type MailTransport } from "../../src/mail/mailTransport";
import { releaseMail } from "../../src/services/notifications/releaseMail";
import { sendNotification } from "../../src/services/notifications/sendNotification";
import { seedDirectory, submitRequest } from "../support/data/seed";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { noPortals } from "../support/api/noPortals";

const hour = 3_600_000;

let database: TestDatabase;
let services: TestServices;
let server: TestSmtpServer;
let mail: MailTransport;
let notificationId: string;

/** The one invitation, as it stands. */
async function invitation(): Promise<CocpNotificationEntity> {
  const [row, another] = await services.dataSource.manager.find(CocpNotificationEntity);
  if (row === undefined || another !== undefined) throw new Error("There is not exactly one notification");
  return row;
}
/** Lets real time pass: all that the database noted by its clock was so much earlier. */
const passInReality = (time: string) =>
  services.dataSource.query(`UPDATE cocp_notifications SET written_at = written_at - interval '${time}',
    seen_at = seen_at - interval '${time}', first_attempt_at = first_attempt_at - interval '${time}'`);
const send = () => sendNotification(services, mail, notificationId);

beforeEach(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  server = await startTestSmtpServer();
  mail = createMailTransport({
    smtpUrl: server.url,
    mailFrom: "noreply@changeover.example",
    portals: noPortals,
  });
  await submitRequest(services, await seedDirectory(services.dataSource));
  notificationId = (await invitation()).id;
});
afterEach(async () => {
  mail.close();
  await server.stop();
  await services.close();
  await database.drop();
});

test("sends a queued notification once, however often it is asked", async () => {
  await send();
  await send();
  expect(server.received).toHaveLength(1);
  expect(await invitation()).toMatchObject({ state: "SENT", attempts: 1, lastError: null, sentAt: expect.any(Date) });
});

test("sends it under the Message-ID that it was written with", async () => {
  await send();
  expect(server.received[0]).toContain(`Message-ID: ${(await invitation()).messageId}`);
});

test("gives up at once on an address that the mail server refuses", async () => {
  server.behave({ onRcptTo: (_address, _session, done) => done(refusal(550, "No such user")) });
  await send();
  const lastError = expect.stringContaining("No such user");
  expect(await invitation()).toMatchObject({ state: "FAILED", attempts: 1, lastError, sentAt: null });
});

test("fails without naming the recipient, and keeps it queued, when the mail server puts it off", async () => {
  server.behave({ onRcptTo: (address, _session, done) => done(refusal(450, `Later for ${address.address}`)) });
  await expect(send()).rejects.toThrow(`Notification ${notificationId} could not be sent for now: 450`);
  const lastError = expect.stringContaining("Later for kim@brightwater.example");
  expect(await invitation()).toMatchObject({ state: "QUEUED", attempts: 1, lastError, sentAt: null });
});

test("H9: counts every attempt, after which it may have come, and sends it in the end, each time as the same mail", async () => {
  const came: string[] = [];
  const take = async (stream: Readable) => void came.push(...((await text(stream)).match(/^Message-ID: .*$/gm) ?? []));
  server.behave({ onData: (stream) => void take(stream).then(() => server.dropConnections()) });
  await expect(send()).rejects.toThrow("could not be sent for now");
  await expect(send()).rejects.toThrow("could not be sent for now");
  server.behave({ onData: (stream, _session, done) => void take(stream).then(() => done()) });
  await send();
  const { messageId, ...row } = await invitation();
  expect(row).toMatchObject({ state: "SENT", attempts: 3, lastError: null });
  expect(came).toEqual(Array(3).fill(`Message-ID: ${messageId}`));
});

test("says what is true when it is sent: a late invitation does not ask for an answer by a day that has passed", async () => {
  services.advance(11 * 24 * hour);
  await send();
  const { text: said = "" } = await simpleParser(server.received[0] ?? "");
  expect(said).toContain("The answer is overdue, and still possible");
  expect(said).not.toContain("Respond by");
});

test("is withdrawn once its deadline has passed, whether or not a sweep has run", async () => {
  services.advance(30 * 24 * hour);
  await send();
  const suppressedBecause = "The record was EXPIRED before the email was sent.";
  expect(await invitation()).toMatchObject({ state: "SUPPRESSED", suppressedBecause, attempts: 0 });
  expect(server.received).toEqual([]);
});

test.each([
  [
    "the contact moved to another partner",
    "UPDATE partner_users SET partner_id = (SELECT id FROM partners WHERE pcn = 'PCN-OTHER')",
  ],
  ["the contact is no user any more", "DELETE FROM partner_users"],
])("is not sent when %s after it was written", async (_when, change) => {
  await services.dataSource.query(change);
  await send();
  const suppressedBecause = expect.stringContaining("not known as a user");
  expect(await invitation()).toMatchObject({ state: "SUPPRESSED", suppressedBecause });
  expect(server.received).toEqual([]);
});

test("is put off for three days from the first attempt, by the database's real clock", async () => {
  server.behave({ onRcptTo: (_address, _session, done) => done(refusal(450)) });
  await expect(send()).rejects.toThrow("could not be sent for now");
  services.advance(4 * 24 * hour); // a sandbox moves the deadlines of records, not the three days
  await expect(send()).rejects.toThrow("could not be sent for now");
  await passInReality("71 hours 59 minutes");
  await expect(send()).rejects.toThrow("could not be sent for now");
  await passInReality("1 minute");
  await send();
  expect(await invitation()).toMatchObject({ state: "FAILED", attempts: 4 });
});

test("a message that no worker saw for 73 hours is held until it is released, and then has its three days", async () => {
  server.behave({ onRcptTo: (_address, _session, done) => done(refusal(451)) });
  await passInReality("73 hours");
  await send();
  await send();
  expect(await invitation()).toMatchObject({ state: "QUEUED", attempts: 0, heldAt: expect.any(Date) });
  expect((await readBacklog(services.dataSource.manager, services.clock.now())).mail).toMatchObject({ held: 1 });
  expect(await releaseMail(services.dataSource)).toBe(1);
  await expect(send()).rejects.toThrow("could not be sent for now");
  expect(await invitation()).toMatchObject({ state: "QUEUED", attempts: 1, heldAt: null });
  server.behave({ onRcptTo: (_address, _session, done) => done() });
  await send();
  expect(await invitation()).toMatchObject({ state: "SENT", attempts: 2 });
});

test("a message that a worker saw in time is not held, whatever happens then", async () => {
  server.behave({ onRcptTo: (_address, _session, done) => done(refusal(450)) });
  await expect(send()).rejects.toThrow("could not be sent for now");
  await passInReality("48 hours");
  server.behave({ onRcptTo: (_address, _session, done) => done() });
  await send();
  expect(await invitation()).toMatchObject({ state: "SENT" });
});

test("does nothing for a notification that is unknown or suppressed", async () => {
  await services.dataSource.manager.update(
    CocpNotificationEntity,
    { id: notificationId },
    { state: "SUPPRESSED", suppressedBecause: "Not known" },
  );
  await send();
  await sendNotification(services, mail, "00000000-0000-4000-8000-000000000000");
  expect(server.received).toEqual([]);
  expect(await invitation()).toMatchObject({ state: "SUPPRESSED", attempts: 0 });
});

test("an unanswered request past its effective date is sent with today's date, not with one that has passed", async () => {
  await services.dataSource.query(
    "UPDATE cocp_records SET effective_date = (clock_timestamp() AT TIME ZONE 'UTC')::date - 3",
  );
  await send();
  const message = await simpleParser(server.received[0] ?? "");
  const inWords = (daysAgo: number) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", dateStyle: "long" }).format(
      services.clock.now().getTime() - daysAgo * 24 * hour,
    );
  expect(message.text).toContain(`${inWords(0)} (UTC)`);
  expect(message.text).not.toContain(inWords(3));
});
