import { readBacklog } from "../../src/db/backlog";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { startWorker, type Worker } from "../../src/jobs/worker";
import { createMailTransport, type MailTransport } from "../../src/mail/mailTransport";
import { seedDirectory, submitRequest } from "../support/data/seed";
import { refusal, startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { waitFor } from "../support/waitFor";
import { noPortals } from "../support/api/noPortals";

const hour = 3_600;

let database: TestDatabase;
let services: TestServices;
let smtp: TestSmtpServer;
let mail: MailTransport;
let worker: Worker;
beforeAll(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  smtp = await startTestSmtpServer();
  mail = createMailTransport({
    smtpUrl: smtp.url,
    mailFrom: "noreply@changeover.example",
    portals: noPortals,
  });
  smtp.behave({ onConnect: (_session, done) => done(refusal(421, "Down for now")) });
  await submitRequest(services, await seedDirectory(services.dataSource));
  worker = await startWorker({ databaseUrl: database.url, context: services, mail });
});
afterAll(async () => {
  await worker.stop();
  mail.close();
  await smtp.stop();
  await services.close();
  await database.drop();
});

interface Attempt {
  readonly state: string;
  /** Seconds until the next one; null when there is none. */
  readonly pause: number | null;
}

/** How the mail stands after so many attempts. */
async function attempt(count: number): Promise<Attempt> {
  const query = `SELECT n.state, n.attempts, extract(epoch FROM j.run_at - j.updated_at)::float8 AS pause, j.attempts AS runs,
      j.locked_at IS NOT NULL AS running
    FROM cocp_notifications n LEFT JOIN graphile_worker.jobs j ON j.task_identifier = 'sendNotification'`;
  return await waitFor(`attempt ${count}`, async () => {
    const [row] =
      await services.dataSource.query<(Attempt & { attempts: number; runs: number; running: boolean })[]>(query);
    const isOver = row?.pause === null || (row?.runs === count && !row.running);
    return row?.attempts === count && isOver && row;
  });
}

/** Lets so many seconds pass, after which the job is due. */
async function pass(seconds: number): Promise<void> {
  await services.dataSource.query(
    "UPDATE cocp_notifications SET first_attempt_at = first_attempt_at - $1 * interval '1 second'",
    [seconds],
  );
  await services.dataSource.query(`WITH due AS (UPDATE graphile_worker._private_jobs SET run_at = now() RETURNING 1)
    SELECT pg_notify('jobs:insert', '{"count":1}') FROM due`);
}

test("H12: while the mail server is down mail is kept and tried after growing pauses; after three days it is FAILED, and an alarm sees it", async () => {
  const pauses: number[] = [];
  let passed = 0;
  let last = await attempt(1);
  while (last.pause !== null) {
    expect([passed < 72 * hour, last.state]).toEqual([true, "QUEUED"]);
    pauses.push(last.pause);
    passed += last.pause;
    await pass(last.pause);
    last = await attempt(pauses.length + 1);
  }
  expect(last.state).toBe("FAILED");
  expect(passed).toBeGreaterThan(72 * hour - 60);
  expect(passed).toBeLessThan(80 * hour);
  expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
  const [notification] = await services.dataSource.manager.find(CocpNotificationEntity);
  expect(notification).toMatchObject({
    state: "FAILED",
    lastError: expect.stringContaining("Down for now"),
    sentAt: null,
  });
  const { recent, queued } = (await readBacklog(services.dataSource.manager, services.clock.now())).mail;
  expect([queued, recent]).toEqual([0, { FAILED: 1 }]);
  expect(smtp.received).toEqual([]);
});
