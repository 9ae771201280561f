import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { CocpEvent } from "../../src/domain/events";
import { begin, evolve } from "../../src/domain/evolve";
import type { CocpRecord } from "../../src/domain/record";
import { CocpEventEntity } from "../../src/entities/cocpEventEntity";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { CocpRecordEntity } from "../../src/entities/cocpRecordEntity";
import { executeCommand } from "../../src/services/requests/executeCommand";
import { clockOf } from "../support/data/clockOf";
import { forkWorker } from "../support/processes/forkWorker";
import { seedDirectory, submitRequest, type Directory } from "../support/data/seed";
import { startTestSmtpServer, type TestSmtpServer } from "../support/network/smtpServer";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { until } from "../support/until";
import { isLong } from "./support/isLong";

/** Of three accounts each: more than 1,000 transitions, each with its mail. `npm run soak` makes it long. */
const requestCount = isLong ? 500 : 150;
const accountsEach = 3;
const month = 31 * 86_400_000;

let database: TestDatabase;
let services: TestServices;
let directory: Directory;
let smtp: TestSmtpServer;
let worker: ChildProcess | null = null;
let kills = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  services = await openTestServices(database.url);
  directory = await seedDirectory(services.dataSource);
  smtp = await startTestSmtpServer();
  const received = smtp.received as string[];
  smtp.behave({
    // Slow enough to be killed before the answer, when the mail has arrived and nobody has written that down.
    onData: (stream, _session, done) =>
      void text(stream).then(
        async (mail) => {
          received.push(mail);
          await pause(randomInt(20));
          done();
        },
        done, // the sender was killed in the middle of it
      ),
  });
});
afterAll(async () => {
  worker?.kill("SIGKILL");
  await smtp.stop();
  await services.close();
  await database.drop();
});

async function startWorkerProcess(): Promise<void> {
  worker = await forkWorker({ databaseUrl: database.url, smtpUrl: smtp.url }, { TZ: "America/Santiago" });
}

/** Kills the worker again and again, at moments that nobody chose, until the signal; leaves one running. */
async function keepKilling(signal: AbortSignal): Promise<void> {
  await startWorkerProcess();
  while (!signal.aborted) {
    await pause(randomInt(50, 900));
    worker?.kill("SIGKILL");
    kills += 1;
    await startWorkerProcess();
  }
}

async function accounts(count: number): Promise<string[]> {
  const rows: { id: string }[] = await services.dataSource.query(
    `WITH added AS (INSERT INTO billing_accounts SELECT (jsonb_populate_record(a, jsonb_build_object(
        'id', gen_random_uuid(), 'account_number', 'K' || i))).*
      FROM generate_series(1, $1) i, billing_accounts a WHERE a.account_number = '7701' RETURNING id),
    roles AS (INSERT INTO billing_account_roles (email, billing_account_id, role)
      SELECT $2, id, 'ENTERPRISE_ADMIN' FROM added)
    SELECT id FROM added`,
    [count, directory.admin.email],
  );
  return rows.map(({ id }) => id);
}

const fates = ["ACCEPT", "DECLINE", "CANCEL", "EXPIRE"] as const;

/** One request, and what becomes of it; one that is to expire was submitted a month ago. */
async function live(accountIds: string[], fate: (typeof fates)[number]): Promise<void> {
  const longAgo = { ...services, clock: clockOf(() => new Date(Date.now() - month)) };
  const requestId = await submitRequest(fate === "EXPIRE" ? longAgo : services, directory, { accountIds });
  if (fate === "EXPIRE") return void (await services.dataSource.query("SELECT graphile_worker.add_job('settleDue')"));
  const viewer = fate === "CANCEL" ? directory.admin : directory.responder;
  const { failed } = await executeCommand(services, { type: fate, note: null }, { requestId }, viewer);
  expect(failed).toEqual([]);
}

const unsettled = `SELECT FROM cocp_notifications WHERE state = 'QUEUED'
  UNION ALL SELECT FROM cocp_records WHERE status IN ('CANCELLATION_IN_PROGRESS', 'IN_PROGRESS')`;

test("killed again and again, workers settle every record and send every mail", async () => {
  const over = new AbortController();
  const killing = keepKilling(over.signal);
  const all = await accounts(requestCount * accountsEach);
  for (let index = 0; index < requestCount; index += 1) {
    await live(all.splice(0, accountsEach), fates[index % 4] ?? "ACCEPT");
    await pause(randomInt(60));
  }
  await until(() => kills >= 5);
  over.abort();
  await killing;
  await services.dataSource.query("SELECT graphile_worker.add_job('settleDue')");
  await until(async () => (await services.dataSource.query(unsettled)).length === 0);
}, 180_000);

test("no mail is missing, and none came under two Message-IDs", async () => {
  const notices = await services.dataSource.manager.find(CocpNotificationEntity);
  const quarter = (index: number) => Math.ceil((requestCount - index) / 4);
  const kinds = {
    INVITATION: requestCount,
    ACCEPTED: quarter(0),
    DECLINED: quarter(1),
    CANCELED: 2 * quarter(2),
    EXPIRED: 2 * quarter(3),
  };
  for (const [kind, count] of Object.entries(kinds)) {
    const ofKind = notices.filter((notice) => notice.kind === kind);
    expect(new Set(ofKind.map(({ requestId, recipient }) => `${requestId} ${recipient}`)).size).toBe(count);
    expect(ofKind).toHaveLength(count);
  }
  const arrived = new Set(smtp.received.map((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1]?.trim()));
  const known = notices.map(({ messageId }) => messageId);
  const sent = notices.flatMap(({ state, messageId }) => (state === "SENT" ? [messageId] : []));
  expect([...arrived].filter((messageId) => !known.includes(messageId ?? ""))).toEqual([]);
  expect(sent.filter((messageId) => !arrived.has(messageId))).toEqual([]);
  // An invitation that an answer overtook is withdrawn; nothing else is.
  expect(notices.filter(({ state, kind }) => state !== "SENT" && kind !== "INVITATION")).toEqual([]);
});

test("every record is where its events say", async () => {
  const { manager } = services.dataSource;
  const events = await manager.find(CocpEventEntity, { order: { recordId: "ASC", sequence: "ASC" } });
  const replayed = new Map<string, CocpRecord>();
  for (const { recordId, ...row } of events) {
    const event = row as unknown as CocpEvent;
    const before = replayed.get(recordId);
    if (event.type === "INITIATED") replayed.set(recordId, begin(recordId, event));
    else if (before !== undefined) replayed.set(recordId, evolve(before, event));
  }
  expect(events.length).toBeGreaterThan(1_000);
  const records = await manager.find(CocpRecordEntity);
  expect(records).toHaveLength(requestCount * accountsEach);
  for (const record of records) expect(record).toEqual(replayed.get(record.id));
});
