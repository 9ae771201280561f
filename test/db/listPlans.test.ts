import type { DataSource, EntityManager } from "typeorm";
import { readAccountPage } from "../../src/db/directory/accounts";
import { createDataSource } from "../../src/db/postgres/dataSource";
import { readEventsAfter, type EventFilter } from "../../src/db/feed/eventLog";
import { countRecords, countStatuses, readRecordPageRows, type RecordFilter } from "../../src/db/requests/recordPages";
import { RecordShape } from "../../src/db/requests/recordRows";
import { CocpRecordOrderField, CocpStatus, OrderDirection, type Viewer } from "../../src/domain/model";
import { createLogger } from "../../src/logger";
import { loadDemoData } from "../support/api/testApi";
import { seedManyRecords } from "../support/data/manyRecords";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";

/** Enough for PostgreSQL to think twice before it reads or sorts all of them. */
const records = 20_000;
/** Rows that may be sorted: those of a page, or of one person's own accounts. */
const few = 500;

let database: TestDatabase;
let dataSource: DataSource;
let partnerId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  await loadDemoData(database.url);
  await seedManyRecords(database.url, records);
  const logger = createLogger("silent", "json");
  dataSource = await createDataSource({ url: database.url, poolSize: 2, logger }).initialize();
  const [partner] = await dataSource.query("SELECT id FROM partners WHERE pcn = 'PCN-4410387'");
  partnerId = partner.id;
});
afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Plan Rows": number;
  readonly Plans?: readonly PlanNode[];
}

const largeTables = ["cocp_records", "cocp_requests", "cocp_events", "billing_accounts", "billing_account_roles"];

/** What of a plan would grow with the tables: whole ones that are read, and large ones that are sorted. */
function growing(node: PlanNode): string[] {
  const inputs = node.Plans ?? [];
  const type = node["Node Type"];
  const table = node["Relation Name"] ?? "";
  const isScan = type === "Seq Scan" && largeTables.includes(table);
  const isSort = type === "Sort" && inputs.some((input) => input["Plan Rows"] > few);
  return [...(isScan ? [`reads all of ${table}`] : []), ...(isSort ? ["sorts"] : []), ...inputs.flatMap(growing)];
}

/** What PostgreSQL plans for the statements of a read, whatever their values. */
async function plansOf(read: (manager: EntityManager) => Promise<unknown>, index = ""): Promise<string[]> {
  const faults: string[] = [];
  const client = {
    async query({ text, values: { length } }: { text: string; values: unknown[] }) {
      const row = await dataSource.transaction(async (manager) => {
        await manager.query(`PREPARE reading AS ${text}`);
        const nothing = length === 0 ? "" : `(${Array.from({ length }, () => "NULL").join(", ")})`;
        const [explained] = await manager.query(`EXPLAIN (FORMAT JSON) EXECUTE reading${nothing}`);
        await manager.query("DEALLOCATE reading");
        return explained;
      });
      faults.push(...growing(row["QUERY PLAN"][0].Plan).map((fault) => `${fault}: ${JSON.stringify(row)}`));
      if (!JSON.stringify(row).includes(index)) faults.push(`does not use ${index}: ${JSON.stringify(row)}`);
      return { rows: [] };
    },
  };
  await read({ dataSource, queryRunner: { connect: () => client } } as unknown as EntityManager);
  return faults;
}

const viewers: Record<string, () => Viewer> = {
  operations: () => ({ ...nobody, isOperations: true }),
  "a partner": () => ({ ...nobody, email: "kim.lee@harrowgate.example", partner: { id: partnerId, canRespond: true } }),
  "a partner who is an administrator too": () => ({
    ...nobody,
    email: "dana.whitfield@northlight.example",
    partner: { id: partnerId, canRespond: true },
    isEnterpriseAdmin: true,
  }),
  "operations with a partner": () => ({ ...nobody, isOperations: true, partner: { id: partnerId, canRespond: true } }),
  "an administrator": () => ({ ...nobody, email: "dana.whitfield@northlight.example", isEnterpriseAdmin: true }),
};
const nobody: Viewer = {
  email: "ops.morgan@changeover.example",
  displayName: null,
  isEnterpriseAdmin: false,
  isOperations: false,
  partner: null,
};

const everything = { record: new RecordShape(() => true), feedEnd: true };
const deep = { SUBMITTED_AT: "2026-01-01T00:00:00.000Z", EFFECTIVE_DATE: "2027-01-01" } as const;
const someId = "6f1d1b1e-8f5a-4a0e-9d53-0c3d5be2a111";
const requestId = "COCP-7Q4M-K2XW";
const day = new Date("2026-06-01T00:00:00Z");
/** Filters whose pages are read in every order. */
const usual: RecordFilter[] = [{}, { direction: "INCOMING" }, { statuses: ["IN_PROGRESS"] }];
/** Every other filter of the list but search. */
const others: RecordFilter[] = [
  { direction: "OUTGOING" },
  ...Object.values(CocpStatus).map((status) => ({ statuses: [status] })),
  { requestId },
  { billingAccountId: someId },
  { newPartnerPcn: "PCN-4410387" },
  { overdue: true },
  { overdue: false },
  { submittedFrom: day },
  { submittedBefore: day },
  { direction: "INCOMING", statuses: ["IN_PROGRESS", "ACCEPTED"], submittedFrom: day },
];
const eventFilters: EventFilter[] = [
  {},
  { types: ["ACCEPTED"] },
  { statuses: ["COMPLETED"] },
  { direction: "INCOMING" },
  { direction: "OUTGOING" },
  { types: ["ACCEPTED", "DECLINED"], direction: "INCOMING" },
];

describe.each(Object.keys(viewers))("for %s", (who) => {
  const reading = () => ({ viewer: (viewers[who] ?? (() => nobody))(), now: new Date() });

  test.each(
    Object.values(CocpRecordOrderField).flatMap((field) =>
      Object.values(OrderDirection).map((direction) => [field, direction] as const),
    ),
  )("a page of records by %s %s reads no table and sorts none, at any depth", async (field, direction) => {
    const key = field === "EFFECTIVE_DATE" ? deep.EFFECTIVE_DATE : deep.SUBMITTED_AT;
    for (const filter of field === "SUBMITTED_AT" ? usual : usual.slice(0, 1)) {
      for (const after of [null, { key, id: someId }]) {
        const place = { field, direction, backward: false, after, limit: 21 };
        const faults = await plansOf((manager) => readRecordPageRows(manager, reading(), filter, place, everything));
        expect(faults).toEqual([]);
      }
    }
  });

  test.each(others.map((filter) => [JSON.stringify(filter), filter] as const))(
    "a page of records by the filter %s reads no table and sorts none",
    async (_name, filter) => {
      const place = { field: "SUBMITTED_AT", direction: "DESC", backward: false, after: null, limit: 21 } as const;
      const read = (manager: EntityManager) => readRecordPageRows(manager, reading(), filter, place, everything);
      expect(await plansOf(read)).toEqual([]);
    },
  );

  test("a page of accounts reads no table and sorts none", async () => {
    for (const after of [null, "M10"]) {
      const place = { backward: false, after, limit: 21 };
      for (const filter of [{}, { eligible: true }])
        expect(await plansOf((manager) => readAccountPage(manager, reading(), filter, place))).toEqual([]);
    }
  });

  test("a page of the feed reads no table and sorts none", async () => {
    const after = { transactionId: "1", position: "1", id: "" };
    const { viewer } = reading();
    for (const filter of eventFilters) {
      expect(await plansOf((manager) => readEventsAfter(manager, viewer, after, filter, 100))).toEqual([]);
    }
    const read = (manager: EntityManager) => readEventsAfter(manager, viewer, after, { requestId }, 100);
    expect(await plansOf(read, "cocp_events_request_feed_idx")).toEqual([]);
  });
});

test.each(["a partner", "a partner who is an administrator too", "an administrator"])(
  "counts for %s do not read all records",
  async (who) => {
    const reading = { viewer: (viewers[who] ?? (() => nobody))(), now: new Date() };
    const scans = async (read: (manager: EntityManager) => Promise<unknown>) =>
      (await plansOf(read)).filter((fault) => fault.startsWith("reads all of cocp_records"));
    expect(await scans((manager) => countRecords(manager, reading, {}))).toEqual([]);
    expect(await scans((manager) => countStatuses(manager, reading, {}))).toEqual([]);
  },
);
