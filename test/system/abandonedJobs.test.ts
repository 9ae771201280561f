import type { ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { startWorker, type Worker } from "../../src/jobs/worker";
import { createMailTransport, type MailTransport } from "../../src/mail/mailTransport";
import { forkWorker } from "../support/processes/forkWorker";
import { addManyDue } from "../support/data/manyDue";
import { seedDirectory, submitRequest, type Directory } from "../support/data/seed";
import { startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { until } from "../support/until";
import { noPortals } from "../support/api/noPortals";

/** Jobs that a killed worker leaves behind are done by another; those of a worker that lives are left alone. */

let database: TestDatabase;
let services: TestServices;
let directory: Directory;
let smtp: TestSmtpServer;
let mail: MailTransport;
const workers: Worker[] = [];
const children: ChildProcess[] = [];

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
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  mail.close();
  await smtp.stop();
  await services.close();
  await database.drop();
});

async function work(): Promise<void> {
  workers.push(await startWorker({ databaseUrl: database.url, context: services, mail }));
}

async function workElsewhere(): Promise<ChildProcess> {
  const child = await forkWorker({ databaseUrl: database.url, smtpUrl: smtp.url });
  children.push(child);
  return child;
}

const notifications = () => services.dataSource.manager.find(CocpNotificationEntity, { order: { createdAt: "ASC" } });
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
/** Makes the mail server keep every mail from now on until `release`. `held` resolves with the first one. */
function holdMail() {
  const mails: string[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = new Promise<void>((resolve) => {
    smtp.behave({
      onData: (stream, _session, done) =>
        void text(stream).then(async (mail) => {
          mails.push(mail);
          resolve();
          await released;
          done();
        }),
    });
  });
  return { held, release, mails };
}

test("F3: takes over from a worker killed between the mail server's 250 and writing it down: it comes twice as one Message-ID", async () => {
  const { held: isTaken, release, mails } = holdMail();
  await submitRequest(services, directory);
  await withClient(database.url, async (holder) => {
    const held =
      "query LIKE 'UPDATE%cocp_notifications%' AND wait_event_type = 'Lock' AND datname = current_database()";
    const killed = await workElsewhere();
    await isTaken;
    await holder.query("BEGIN; SELECT FROM cocp_notifications FOR UPDATE");
    release();
    const marking = () => services.dataSource.query<object[]>(`SELECT pid FROM pg_stat_activity WHERE ${held}`);
    await until(async () => (await marking()).length === 1);
    killed.kill("SIGKILL");
    await services.dataSource.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${held}`);
    await holder.query("ROLLBACK");
  });
  expect(mails).toHaveLength(1);
  expect(await notifications()).toMatchObject([{ state: "QUEUED", attempts: 0 }]);
  await work();
  await allSent(1);
  const [{ messageId } = { messageId: "" }] = await notifications();
  expect(mails).toHaveLength(2);
  for (const source of mails) expect(source).toContain(`Message-ID: ${messageId}`);
});

test("leaves the job of a worker that is alive alone", async () => {
  const { held, release } = holdMail();
  await workElsewhere();
  await submitRequest(services, directory);
  await held;
  const before = await jobs();
  await services.dataSource.query("SELECT graphile_worker.add_job('settleDue')");
  await services.dataSource.query(
    "UPDATE graphile_worker._private_jobs SET locked_by = 'gone', locked_at = now() WHERE locked_by IS NULL",
  );
  await work();
  await until(async () => (await jobs()).length === 1);
  expect(await jobs()).toEqual(before);
  release();
  await allSent(1);
  expect(await notifications()).toMatchObject([{ attempts: 1 }]);
});

const count = async (from: string) => {
  const [row] = await services.dataSource.query<{ count: number }[]>(`SELECT count(*)::integer FROM ${from}`);
  return row?.count ?? 0;
};
const expired = () => count("cocp_records WHERE status = 'EXPIRED'");
/** What the crontab does each minute. */
const sweep = () =>
  services.dataSource.query(`SELECT graphile_worker.add_job('settleDue', queue_name => 'settleDue', max_attempts => 1,
    job_key => 'settleDue')`);

/** Each event takes its time, so that the sweep is killed in the middle. */
const slowly = `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
  CREATE TRIGGER slow BEFORE INSERT ON cocp_events FOR EACH ROW EXECUTE FUNCTION dawdle()`;

test("I7: of two workers one is killed amid 1,000 deadlines of one instant: each record expires once, and is told of once", async () => {
  await addManyDue(database.url, { requests: 100, accountsEach: 20 }); // half of them wait for an answer, half are approved
  await services.dataSource.query(
    "UPDATE cocp_records SET effective_date = '2099-01-01' WHERE status = 'IN_GRACE_PERIOD'",
  );
  await services.dataSource.query(slowly);
  const killed = await workElsewhere();
  await sweep();
  await until(async () => (await expired()) > 0);
  killed.kill("SIGKILL");
  await work();
  await until(async () => {
    await sweep();
    return (await expired()) === 1_000;
  });
  expect(await count("cocp_events WHERE type = 'EXPIRED'")).toBe(1_000);
  expect(await count("(SELECT DISTINCT record_id FROM cocp_events WHERE type = 'EXPIRED') once")).toBe(1_000);
  expect(await count("cocp_notifications WHERE kind = 'EXPIRED'")).toBe(2 * 50);
});
