import { CocpEventEntity } from "../../src/entities/cocpEventEntity";
import { CocpNotificationEntity } from "../../src/entities/cocpNotificationEntity";
import { CocpRecordEntity } from "../../src/entities/cocpRecordEntity";
import { BillingAccountEntity } from "../../src/entities/billingAccountEntity";
import type { CocpCommand } from "../../src/domain/commands";
import { executeCommand } from "../../src/services/requests/executeCommand";
import { readRecordsById } from "../../src/services/requests/readRecords";
import { settleDue } from "../../src/services/requests/settleDue";
import { clockOf } from "../support/data/clockOf";
import { addManyDue } from "../support/data/manyDue";
import { seedDirectory, submitRequest, type Directory } from "../support/data/seed";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { openTestServices, type TestServices } from "../support/api/testServices";

const day = 86_400_000;
let database: TestDatabase;
let services: TestServices;
let directory: Directory;

beforeEach(async () => {
  database = await createTestDatabase();
  // A server whose own days begin elsewhen, and have 23 or 25 hours now and then.
  await withClient(database.url, (client) =>
    client.query(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET timezone = 'America/Santiago'`),
  );
  services = await openTestServices(database.url);
  directory = await seedDirectory(services.dataSource);
});
afterEach(async () => {
  await services.close();
  await database.drop();
});

/** Sets the service's clock; real time goes on from there. */
const goTo = (instant: string | Date) => services.advance(new Date(instant).getTime() - services.clock.now().getTime());
const records = () => services.dataSource.manager.find(CocpRecordEntity, { order: { id: "ASC" } });
/** The services as they are at one instant. */
const at = (instant: number | Date) => {
  const now = new Date(instant);
  return { ...services, clock: clockOf(() => now) };
};
const notifications = (kind: CocpNotificationEntity["kind"]) =>
  services.dataSource.manager.find(CocpNotificationEntity, { where: { kind }, order: { createdAt: "ASC" } });
const statuses = async () => (await records()).map(({ status }) => status);
const presentStatuses = async () => {
  const ids = (await records()).map(({ id }) => id);
  return [...(await readRecordsById(services, directory.operator, ids)).values()].map(({ record }) => record.status);
};
const command = (type: "ACCEPT" | "START_REVIEW" | "APPROVE"): CocpCommand => ({ type, note: null });

async function submitOne(): Promise<{ requestId: string; submittedAt: number }> {
  const requestId = await submitRequest(services, directory, { accountIds: directory.accountIds.slice(0, 1) });
  const [record] = await records();
  return { requestId, submittedAt: record?.submittedAt.getTime() ?? 0 };
}
async function approveAll(requestId: string): Promise<void> {
  await executeCommand(services, command("ACCEPT"), { requestId }, directory.responder);
  await executeCommand(services, command("START_REVIEW"), { requestId }, directory.operator);
  await executeCommand(services, command("APPROVE"), { requestId }, directory.operator);
}

test("I8: reminds on days 3, 7, 9, 20 and 27, each once, and not a moment before", async () => {
  const { submittedAt } = await submitOne();
  for (const [index, days] of [3, 7, 9, 20, 27].entries()) {
    await settleDue(at(submittedAt + days * day - 1));
    expect(await notifications("REMINDER")).toHaveLength(index);
    await settleDue(at(submittedAt + days * day));
    await settleDue(at(submittedAt + days * day + 1));
    const reminders = await notifications("REMINDER");
    expect(reminders).toHaveLength(index + 1);
  }
  await settleDue(at(submittedAt + 30 * day - 1));
  expect(await notifications("REMINDER")).toHaveLength(5);
  for (const reminder of await notifications("REMINDER")) {
    expect(reminder).toMatchObject({ recipient: "kim@brightwater.example", state: "QUEUED" });
  }
});

test("reminds once after a pause in which several reminder days passed", async () => {
  const { submittedAt } = await submitOne();
  goTo(new Date(submittedAt + 21 * day));
  await settleDue(services);
  expect(await notifications("REMINDER")).toHaveLength(1);
  goTo(new Date(submittedAt + 27 * day));
  await settleDue(services);
  expect(await notifications("REMINDER")).toHaveLength(2);
});

test("suppresses the reminder of a contact that nobody knows, and reminds nobody who has answered", async () => {
  const [first = "", second = ""] = directory.accountIds;
  await submitRequest(services, directory, { accountIds: [first], contact: "who@brightwater.example" });
  const requestId = await submitRequest(services, directory, { accountIds: [second] });
  await executeCommand(services, command("ACCEPT"), { requestId }, directory.responder);
  services.advance(3 * day);
  await settleDue(services);
  const recipient = "who@brightwater.example";
  expect(await notifications("REMINDER")).toMatchObject([{ state: "SUPPRESSED", recipient }]);
});

test("an answer is valid until the last millisecond before expiresAt, whether or not anything was swept", async () => {
  const { requestId, submittedAt } = await submitOne();
  const late = await executeCommand(at(submittedAt + 30 * day), command("ACCEPT"), { requestId }, directory.responder);
  expect(late.failed).toMatchObject([{ code: "DEADLINE_PASSED" }]);
  expect(await statuses()).toEqual(["EXPIRED"]);
});

test("and at that last millisecond it is taken", async () => {
  const { requestId, submittedAt } = await submitOne();
  const now = new Date(submittedAt + 30 * day - 1);
  const atLast = at(now);
  await settleDue(atLast);
  expect(await statuses()).toEqual(["IN_PROGRESS"]);
  const { failed } = await executeCommand(atLast, command("ACCEPT"), { requestId }, directory.responder);
  expect(failed).toEqual([]);
  expect(await records()).toMatchObject([{ status: "ACCEPTED", respondedAt: now }]);
});

test("of an acceptance at that last millisecond and a sweep right after it, one holds for each record", async () => {
  const requests: string[] = [];
  for (const accountId of directory.accountIds) {
    requests.push(await submitRequest(services, directory, { accountIds: [accountId] }));
  }
  const ends = (await records()).map(({ expiresAt }) => expiresAt.getTime());
  const [first, last] = [at(Math.min(...ends) - 1), at(Math.max(...ends))];
  const accept = (requestId: string) => executeCommand(first, command("ACCEPT"), { requestId }, directory.responder);
  const answers = await Promise.all([...requests.map(accept), settleDue(last), settleDue(last)]);
  const kinds = new Map<string, string[]>();
  for (const { kind, requestId } of await services.dataSource.manager.find(CocpNotificationEntity)) {
    kinds.set(requestId, [...(kinds.get(requestId) ?? []), kind].sort());
  }
  for (const [index, requestId] of requests.entries()) {
    const record = (await records()).find((one) => one.requestId === requestId);
    const events = await services.dataSource.manager.findBy(CocpEventEntity, { requestId });
    expect(events.map(({ type }) => type).sort()).toEqual([record?.status, "INITIATED"]);
    const accepted = record?.status === "ACCEPTED";
    expect(answers[index]).toMatchObject({ failed: accepted ? [] : [{ code: "DEADLINE_PASSED" }] });
    const told = (kinds.get(requestId) ?? []).filter((kind) => kind !== "REMINDER");
    expect(told).toEqual(accepted ? ["ACCEPTED", "INVITATION"] : ["EXPIRED", "EXPIRED", "INVITATION"]);
  }
});

const nights: [string, string, string][] = [
  ["the night in which Europe's clocks go forward", "2026-12-28T12:00:00Z", "2027-03-28"],
  ["the night in which Europe's clocks go back", "2027-08-02T12:00:00Z", "2027-10-31"],
  ["a leap day", "2027-12-01T12:00:00Z", "2028-02-29"],
  ["the day after a leap day", "2027-12-02T00:00:00Z", "2028-03-01"],
  ["the turn of a year", "2027-10-03T23:59:50Z", "2028-01-01"],
];

test.each(nights)("completes at 00:00 UTC of the effective date: %s", async (_what, submission, effectiveDate) => {
  goTo(submission);
  const { requestId } = await submitOne();
  await approveAll(requestId);
  const midnight = new Date(`${effectiveDate}T00:00:00Z`);
  await settleDue(at(midnight.getTime() - 1));
  expect(await records()).toMatchObject([{ status: "IN_GRACE_PERIOD", effectiveDate }]);
  goTo(midnight);
  expect(await presentStatuses()).toEqual(["COMPLETED"]);
  expect(await statuses()).toEqual(["IN_GRACE_PERIOD"]);
  await settleDue(at(midnight));
  expect(await records()).toMatchObject([{ status: "COMPLETED", updatedAt: midnight }]);
  const account = await services.dataSource.manager.findOneBy(BillingAccountEntity, { id: directory.accountIds[0] });
  expect(account?.partnerId).toBe(directory.newPartnerId);
});

test("after a pause of weeks everything gets the time at which it was due, and is told once", async () => {
  const { submittedAt } = await submitOne();
  goTo(new Date(submittedAt + 75 * day));
  expect(await presentStatuses()).toEqual(["EXPIRED"]);
  await settleDue(services);
  const [record] = await records();
  expect(record).toMatchObject({ status: "EXPIRED", updatedAt: new Date(submittedAt + 30 * day), closedBy: "SYSTEM" });
  expect(await notifications("REMINDER")).toEqual([]);
  expect(await notifications("EXPIRED")).toHaveLength(2);
});

test("a clock that jumps back takes an answer all the same, and brings nothing back that is over", async () => {
  const { requestId, submittedAt } = await submitOne();
  const early = await executeCommand(at(submittedAt - day), command("ACCEPT"), { requestId }, directory.responder);
  expect(early.failed).toEqual([]);
  const [, second = ""] = directory.accountIds;
  const other = await submitRequest(services, directory, { accountIds: [second] });
  await settleDue(at(submittedAt + 31 * day));
  const late = await executeCommand(
    at(submittedAt + day),
    command("ACCEPT"),
    { requestId: other },
    directory.responder,
  );
  expect(late.failed).toMatchObject([{ code: "DEADLINE_PASSED" }]);
  await settleDue(at(submittedAt + 31 * day));
  expect((await statuses()).toSorted()).toEqual(["ACCEPTED", "EXPIRED"]);
  expect(await notifications("EXPIRED")).toHaveLength(2);
});

test("two workers settle 2,000 records at once: each once, and a request's in one mail", async () => {
  await addManyDue(database.url, { requests: 100, accountsEach: 20 });
  const other = await openTestServices(database.url);
  try {
    await Promise.all([settleDue(services), settleDue(other)]);
  } finally {
    await other.close();
  }
  const counts = await services.dataSource.query(
    "SELECT status, count(*)::integer FROM cocp_records GROUP BY 1 ORDER BY 1",
  );
  expect(counts).toEqual([
    { status: "COMPLETED", count: 1000 },
    { status: "EXPIRED", count: 1000 },
  ]);
  expect(await services.dataSource.manager.count(CocpEventEntity)).toBe(2000);
  expect(await notifications("EXPIRED")).toHaveLength(2 * 50);
  expect(await notifications("COMPLETED")).toHaveLength(3 * 50);
});
