import type { ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { forkWorker } from "../support/processes/forkWorker";
import { addManyDue } from "../support/data/manyDue";
import { seedDirectory, submitRequest, type Directory } from "../support/data/seed";
import { startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { until } from "../support/until";
import { isLong } from "./support/isLong";

/**
 * Of one account each, so that each has email of its own: 2.5 a record. The long form has the size of
 * docs/operations.md.
 */
const dueCount = isLong ? 100_000 : 1_000;
const tell = (line: string) => void process.stdout.write(`${line}\n`);

let database: TestDatabase;
let services: TestServices;
let directory: Directory;
let smtp: TestSmtpServer;
let worker: ChildProcess;
/** Request IDs of the invitations that have arrived. */
const invited = new Set<string>();

beforeAll(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  directory = await seedDirectory(services.dataSource);
  smtp = await startTestSmtpServer();
  smtp.behave({
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        if (/^Subject: Action required/m.test(mail)) invited.add(/COCP-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(mail)?.[0] ?? "");
        done();
      }, done),
  });
  await addManyDue(database.url, { requests: dueCount, accountsEach: 1 });
}, 600_000);
afterAll(async () => {
  worker.kill("SIGKILL");
  await smtp.stop();
  await services.close();
  await database.drop();
});

const count = async (from: string) => {
  const [row] = await services.dataSource.query<{ count: number }[]>(`SELECT count(*)::integer FROM ${from}`);
  return row?.count ?? 0;
};
const due = () =>
  count("cocp_records WHERE status IN ('IN_PROGRESS', 'IN_GRACE_PERIOD') AND request_id LIKE 'COCP-0%'");

test("while much that is due is settled, and its mail goes out, who submits a request is not kept waiting", async () => {
  const began = Date.now();
  await services.dataSource.query("SELECT graphile_worker.add_job('settleDue', queue_name => 'settleDue')");
  worker = await forkWorker({ databaseUrl: database.url, smtpUrl: smtp.url });

  const waits: number[] = [];
  const [accountId = ""] = directory.accountIds;
  let settled = false;
  while (!settled || waits.length < 3) {
    const asked = Date.now();
    const requestId = await submitRequest(services, directory, { accountIds: [accountId] });
    await until(() => invited.has(requestId), 60_000);
    waits.push(Date.now() - asked);
    await services.dataSource.query(
      "UPDATE cocp_records SET status = 'CANCELED', closed_by = 'CUSTOMER' WHERE request_id = $1",
      [requestId],
    );
    const left = await due();
    if (!settled && left === 0) {
      settled = true;
      tell(`${dueCount} records settled in ${(Date.now() - began) / 1000} s`);
    }
  }
  const queued = await count("cocp_notifications WHERE state = 'QUEUED'");
  waits.sort((one, other) => one - other);
  tell(
    `${waits.length} invitations, from the submission to the mail server: median ${waits[waits.length >> 1]} ms, longest ${waits.at(-1)} ms; ${queued} mails of the sweep still wait`,
  );
  expect(queued).toBeGreaterThan(0);
}, 1_200_000);
