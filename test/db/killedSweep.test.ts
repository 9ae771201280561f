import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { addManyDue } from "../support/manyDue";
import { seedDirectory } from "../support/seed";
import { startTestSmtpServer, type TestSmtpServer } from "../support/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase";
import { openTestServices, type TestServices } from "../support/testServices";
import { until } from "../support/until";

let database: TestDatabase;
let services: TestServices;
let smtp: TestSmtpServer;
const workers: ChildProcess[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  smtp = await startTestSmtpServer();
  await seedDirectory(services.dataSource);
});
afterAll(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await smtp.stop();
  await services.close();
  await database.drop();
});

async function work(): Promise<ChildProcess> {
  const worker = fork(
    join(__dirname, "../support/workerProcess.ts"),
    [JSON.stringify({ databaseUrl: database.url, smtpUrl: smtp.url })],
    { execArgv: ["--require", join(__dirname, "../support/registerTypeScript.js")] },
  );
  workers.push(worker);
  await once(worker, "message");
  return worker;
}

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
  const killed = await work();
  await sweep();
  await until(async () => (await expired()) > 0);
  killed.kill("SIGKILL");
  await work();
  await until(async () => {
    await sweep();
    return (await expired()) === 1_000;
  }, 30_000);
  expect(await count("cocp_events WHERE type = 'EXPIRED'")).toBe(1_000);
  expect(await count("(SELECT DISTINCT record_id FROM cocp_events WHERE type = 'EXPIRED') once")).toBe(1_000);
  expect(await count("cocp_notifications WHERE kind = 'EXPIRED'")).toBe(2 * 50);
}, 60_000);
