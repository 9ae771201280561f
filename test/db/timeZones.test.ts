import { CocpRecordEntity } from "../../src/entities/cocpRecordEntity";
import { executeCommand } from "../../src/services/requests/executeCommand";
import { readRecordsById } from "../../src/services/requests/readRecords";
import { settleDue } from "../../src/services/requests/settleDue";
import { clockOf } from "../support/data/clockOf";
import { seedDirectory, submitRequest } from "../support/data/seed";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { openTestServices, type TestServices } from "../support/api/testServices";

/** The same instants on any server, whatever its own days are like. */

const day = 86_400_000;
let database: TestDatabase;
let services: TestServices;
afterEach(async () => {
  await services.close();
  await database.drop();
});

/** Where the database's own zone changes its clocks within 10, 30 and 90 days. */
const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"].flatMap((zone) =>
  ["2027-03-10T23:30:00Z", "2027-10-01T23:30:00Z"].map((submission) => [zone, submission] as const),
);

test.each(zones)("I1: in %s, from %s on, 10, 30 and 90 days are days of 24 hours in UTC", async (zone, submission) => {
  database = await createTestDatabase();
  const name = new URL(database.url).pathname.slice(1);
  await withClient(database.url, (client) =>
    client.query(`ALTER DATABASE ${name} SET timezone = '${zone}'; ALTER ROLE CURRENT_USER IN DATABASE ${name}
      SET timezone = '${zone}'`),
  );
  services = await openTestServices(database.url);
  const at = (instant: number) => ({ ...services, clock: clockOf(() => new Date(instant)) });
  const directory = await seedDirectory(services.dataSource);
  const [first = "", second = ""] = directory.accountIds;
  const from = Date.parse(submission);
  const waiting = await submitRequest(at(from), directory, { accountIds: [first] });
  const approved = await submitRequest(at(from), directory, { accountIds: [second] });
  for (const [type, viewer] of [
    ["ACCEPT", directory.responder],
    ["START_REVIEW", directory.operator],
    ["APPROVE", directory.operator],
  ] as const) {
    await executeCommand(at(from), { type, note: null }, { requestId: approved }, viewer);
  }

  const records = () => services.dataSource.manager.find(CocpRecordEntity);
  const find = async (requestId: string) => (await records()).find((record) => record.requestId === requestId);
  const [record] = await records();
  const effectiveDate = new Date(from + 90 * day).toISOString().slice(0, 10);
  expect([record?.respondBy, record?.expiresAt]).toEqual([new Date(from + 10 * day), new Date(from + 30 * day)]);
  expect(record?.effectiveDate).toBe(effectiveDate);
  const reads = async (instant: number, requestId: string) => {
    const id = (await find(requestId))?.id ?? "";
    const seen = await readRecordsById(at(instant), directory.operator, [id]);
    return seen.get(id)?.record.status;
  };
  for (const [requestId, end, open, over] of [
    [waiting, from + 30 * day, "IN_PROGRESS", "EXPIRED"],
    [approved, Date.parse(effectiveDate), "IN_GRACE_PERIOD", "COMPLETED"],
  ] as const) {
    expect([await reads(end - 1, requestId), await reads(end, requestId)]).toEqual([open, over]);
    await settleDue(at(end - 1));
    expect((await find(requestId))?.status).toBe(open);
    await settleDue(at(end));
    expect(await find(requestId)).toMatchObject({ status: over, updatedAt: new Date(end) });
  }
});
