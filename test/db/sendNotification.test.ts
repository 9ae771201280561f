import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { createMailTransport, type MailTransport } from "../../src/mail/mailTransport";
import { sendNotification } from "../../src/services/sendNotification";
import { seedDirectory, submitRequest } from "../support/seed";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase";
import { openTestServices, type TestServices } from "../support/testServices";

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
const send = () => sendNotification(services, mail, notificationId);

beforeEach(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  server = await startTestSmtpServer();
  mail = createMailTransport({
    smtpUrl: server.url,
    mailFrom: "noreply@changeover.example",
    publicUrl: "https://c.example",
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

test("still tries for the first time after three days, and then gives up", async () => {
  server.behave({ onRcptTo: (_address, _session, done) => done(refusal(450)) });
  services.advance(72 * hour - 60_000);
  await expect(send()).rejects.toThrow("could not be sent for now");
  services.advance(60_000);
  await send();
  expect(await invitation()).toMatchObject({ state: "FAILED", attempts: 2 });
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
