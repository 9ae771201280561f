import { buffer } from "node:stream/consumers";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { CocpRecordEntity } from "../../src/entities/cocpRecordEntity";
import { startWorker, type Worker } from "../../src/jobs/worker";
import { createMailTransport, type MailTransport } from "../../src/mail/mailTransport";
import { executeCommand } from "../../src/services/requests/executeCommand";
import { seedDirectory, submitRequest, type Directory } from "../support/data/seed";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { createTestDatabase, setReachable, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { until } from "../support/until";
import { waitFor } from "../support/waitFor";
import { noPortals } from "../support/api/noPortals";

let database: TestDatabase;
let services: TestServices;
let directory: Directory;
let smtp: TestSmtpServer;
let mail: MailTransport;
const workers: Worker[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  directory = await seedDirectory(services.dataSource);
  smtp = await startTestSmtpServer();
  mail = createMailTransport({
    smtpUrl: smtp.url,
    mailFrom: "noreply@changeover.example",
    portals: noPortals,
  });
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  mail.close();
  await smtp.stop();
  await services.close();
  await database.drop();
});

async function work(): Promise<Worker> {
  const worker = await startWorker({ databaseUrl: database.url, context: services, mail });
  workers.push(worker);
  return worker;
}

const notifications = () => services.dataSource.manager.find(CocpNotificationEntity, { order: { createdAt: "ASC" } });
const statuses = async () => (await services.dataSource.manager.find(CocpRecordEntity)).map(({ status }) => status);
const allSent = (count: number) =>
  until(async () => {
    const rows = await notifications();
    return rows.length === count && rows.every(({ state }) => state === "SENT");
  });
const jobs = async () =>
  (await services.dataSource.query("SELECT task_identifier AS task, locked_by FROM graphile_worker.jobs")) as {
    task: string;
    locked_by: string | null;
  }[];
const cancel = (requestId: string) =>
  executeCommand(services, { type: "CANCEL", note: null }, { requestId }, directory.admin);
/** Keeps the mail server busy with a mail from now on until released, and tells when one has come. */
function holdMail() {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = new Promise<void>((resolve) => {
    smtp.behave({
      onData: (stream, _session, done) =>
        void buffer(stream).then(async () => {
          resolve();
          await released;
          done();
        }),
    });
  });
  return { held, release };
}

test("sends the mail of a request that was submitted before it started, and of one submitted after", async () => {
  const [first = "", second = ""] = directory.accountIds;
  await submitRequest(services, directory, { accountIds: [first] });
  await work();
  await allSent(1);
  await submitRequest(services, directory, { accountIds: [second] });
  await allSent(2);
  expect(smtp.received).toHaveLength(2);
});

test("takes a cancellation to CANCELED and tells both sides once, though its job runs twice", async () => {
  const requestId = await submitRequest(services, directory);
  await cancel(requestId);
  expect(await statuses()).toEqual(Array(3).fill("CANCELLATION_IN_PROGRESS"));
  await services.dataSource.query(
    `SELECT graphile_worker.add_job(j.task_identifier, p.payload) FROM graphile_worker.jobs j
     JOIN graphile_worker._private_jobs p USING (id) WHERE j.task_identifier = 'finishCancellation'`,
  );
  await work();
  await until(async () => (await jobs()).length === 0);
  expect(await statuses()).toEqual(Array(3).fill("CANCELED"));
  const told = (await notifications()).filter(({ kind }) => kind === "CANCELED");
  expect(told.map(({ recipientParty, state }) => [recipientParty, state]).sort()).toEqual([
    ["CUSTOMER", "SENT"],
    ["NEW_PARTNER", "SENT"],
  ]);
});

test("settles what has fallen due", async () => {
  await submitRequest(services, directory);
  await work();
  await allSent(1);
  services.advance(31 * 24 * 3_600_000);
  await services.dataSource.query("SELECT graphile_worker.add_job('settleDue')");
  await until(async () => (await statuses()).every((status) => status === "EXPIRED"));
  await allSent(3);
});

/** Makes jobs due, and has the worker look for them without its next poll. */
const runNow = (which: string, values: unknown[] = []) =>
  services.dataSource.query(
    `WITH due AS (UPDATE graphile_worker._private_jobs SET run_at = now() WHERE ${which} RETURNING 1)
     SELECT pg_notify('jobs:insert', '{"count":1}') FROM due`,
    values,
  );

test("tries mail that is put off again after growing pauses, for more than three days if need be", async () => {
  smtp.behave({ onRcptTo: (_address, _session, done) => done(refusal(450)) });
  await submitRequest(services, directory);
  await work();
  const pauses: number[] = [];
  for (const attempt of [1, 2, 3, 4]) {
    const job = await waitFor(`attempt ${attempt}`, async () => {
      const [row] = await services.dataSource.query<{ id: string; pause: number; maxAttempts: number }[]>(
        `SELECT id, extract(epoch FROM run_at - updated_at)::float8 AS pause, max_attempts AS "maxAttempts"
         FROM graphile_worker.jobs
         WHERE task_identifier = 'sendNotification' AND attempts = $1 AND locked_at IS NULL`,
        [attempt],
      );
      return row;
    });
    pauses.push(job.pause);
    const left = Array.from({ length: job.maxAttempts - attempt }, (_, index) =>
      Math.exp(Math.min(attempt + index, 10)),
    );
    expect(left.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(3 * 86_400);
    await runNow("id = $1", [job.id]);
  }
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
  expect(pauses.at(-1)).toBeGreaterThan(5 * (pauses[0] ?? 0));
  const [notification] = await services.dataSource.manager.find(CocpNotificationEntity);
  expect(notification).toMatchObject({ state: "QUEUED" });
});

test("finishes the mail in hand before it stops", async () => {
  const { held, release } = holdMail();
  const worker = await work();
  await submitRequest(services, directory);
  await held;
  const stopped = worker.stop();
  release();
  await stopped;
  expect(await notifications()).toMatchObject([{ state: "SENT", attempts: 1 }]);
  expect(await jobs()).toEqual([]);
});

test("goes on after PostgreSQL has ended its connections, in the middle of a job too", async () => {
  const { held, release } = holdMail();
  await work();
  const [first = "", second = ""] = directory.accountIds;
  await submitRequest(services, directory, { accountIds: [first] });
  await held;
  await withClient(database.url, (client) =>
    client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'changeover worker%'",
    ),
  );
  release();
  await allSent(1);
  await submitRequest(services, directory, { accountIds: [second] });
  await allSent(2);
});

test("goes on after PostgreSQL was away while jobs were to be ticked off, one after the other", async () => {
  const releases: (() => void)[] = [];
  smtp.behave({ onData: (stream, _session, done) => void buffer(stream).then(() => releases.push(done)) });
  await work();
  for (const accountId of directory.accountIds) await submitRequest(services, directory, { accountIds: [accountId] });
  await until(() => releases.length === 3);
  await setReachable(database.url, false);
  const logged = jest.spyOn(services.logger, "error");
  const failures = () =>
    logged.mock.calls.filter((call) => call.some((part) => /Failed to fail jobs/.test(String(part))));
  for (const [index, release] of releases.entries()) {
    release();
    await until(() => failures().length === index + 1);
  }
  await setReachable(database.url, true);
  smtp.behave({ onData: (stream, _session, done) => void buffer(stream).then(() => done()) });
  await allSent(3);
});

test("a job that throws, and one that nobody can read, keep no other from being done", async () => {
  const broken = jest.spyOn(mail, "send").mockImplementationOnce(() => {
    throw new TypeError("a slip of ours");
  });
  await services.dataSource.query(`SELECT graphile_worker.add_job('sendNotification', '{"notificationId": 7}')`);
  const [first = "", second = ""] = directory.accountIds;
  await submitRequest(services, directory, { accountIds: [first] });
  await work();
  await until(() => broken.mock.calls.length === 1);
  await submitRequest(services, directory, { accountIds: [second] });
  await until(async () => {
    await runNow("last_error LIKE '%a slip of ours%' AND locked_at IS NULL"); // its pause is over
    return smtp.received.length === 2;
  });
  await allSent(2);
  await until(async () => (await jobs()).length === 1); // the one that nobody can read
});
