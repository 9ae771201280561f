import { Client } from "pg";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";

const account = "00000000-0000-4000-8000-00000000000a";
const [oldPartner, newPartner] = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    INSERT INTO customers (id, customer_number, name) VALUES ('${account}', 'C1', 'Contoso');
    INSERT INTO partners (id, pcn, organization_name, allowed, reseller, software_advisor, enterprise_direct_support)
    VALUES ('${oldPartner}', 'OLD1', 'Old', true, true, true, false), ('${newPartner}', 'NEW1', 'New', true, true, true, false);
    INSERT INTO billing_accounts (id, account_number, display_name, customer_id, program, agreement_status, channel,
      start_date, end_date, anniversary_date, partner_id)
    VALUES ('${account}', '8608480', 'Contoso Europe', '${account}', 'ENTERPRISE_AGREEMENT', 'ACTIVE', 'DIRECT',
      '2026-01-01', '2028-12-31', '2027-01-01', '${oldPartner}');
    INSERT INTO cocp_requests VALUES ('COCP-0000-0001', '${account}', now(), now() + '10 days', now() + '30 days'),
      ('COCP-0000-0002', '${account}', now(), now() + '10 days', now() + '30 days');
  `);
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});
beforeEach(() => client.query("BEGIN"));
afterEach(() => client.query("ROLLBACK"));

/** Writes a record. */
async function insertRecord(changes: Record<string, unknown> = {}): Promise<string> {
  const row = {
    id: crypto.randomUUID(),
    request_id: "COCP-0000-0001",
    billing_account_id: account,
    old_partner_id: oldPartner,
    new_partner_id: newPartner,
    status: "IN_PROGRESS",
    contact: "kim@new.example",
    contact_verification: "VERIFIED",
    reason: "OTHER",
    submitted_at: new Date(),
    respond_by: new Date(),
    expires_at: new Date(),
    effective_date: "2027-02-20",
    updated_at: new Date(),
    version: 1,
    ...changes,
  };
  const places = Object.keys(row).map((_, index) => `$${index + 1}`);
  await client.query(
    `INSERT INTO cocp_records (${Object.keys(row).join()}) VALUES (${places.join()})`,
    Object.values(row),
  );
  return row.id;
}

async function insertEvent(recordId: string, status = "IN_PROGRESS"): Promise<void> {
  await client.query(
    `INSERT INTO cocp_events (record_id, sequence, type, occurred_at, actor, status, effective_date, facts, request_id,
      billing_account_id, new_partner_id)
     VALUES ($1, 1, 'INITIATED', now(), 'CUSTOMER', $2, '2027-02-20', '{}', 'COCP-0000-0001', $3, $4)`,
    [recordId, status, account, newPartner],
  );
}

const second = { request_id: "COCP-0000-0002" };
const refusedBy = (constraint: string) => expect.objectContaining({ constraint });

test.each(["IN_PROGRESS", "ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "CANCELLATION_IN_PROGRESS"])(
  "refuses a second open record on an account that has one which is %s",
  async (status) => {
    await insertRecord({ status });
    await expect(insertRecord(second)).rejects.toEqual(refusedBy("cocp_records_one_open_an_account"));
  },
);

test.each(["DECLINED", "CANCELED", "EXPIRED", "COMPLETED"])(
  "takes a new record after one that is %s",
  async (status) => {
    await insertRecord({ status, closed_by: "SYSTEM" });
    await expect(insertRecord(second)).resolves.toBeDefined();
  },
);

test.each([["UPDATE cocp_events SET type = 'ACCEPTED'"], ["DELETE FROM cocp_events"], ["TRUNCATE cocp_events"]])(
  "refuses to change or delete an event: %s",
  async (statement) => {
    await insertEvent(await insertRecord());
    await expect(client.query(statement)).rejects.toThrow("its rows are never changed or deleted");
  },
);

test("refuses a second event under the same number of a record", async () => {
  const id = await insertRecord();
  await insertEvent(id);
  await expect(insertEvent(id)).rejects.toEqual(refusedBy("cocp_events_record_id_sequence_key"));
});

test.each([
  ["an unknown status", { status: "PAUSED", closed_by: "SYSTEM" }, "cocp_records_status_check"],
  ["a closed record that nobody closed", { status: "CANCELED" }, "cocp_records_closed_check"],
  ["an open record that somebody closed", { closed_by: "CUSTOMER" }, "cocp_records_closed_check"],
  ["a change from a partner to itself", { new_partner_id: oldPartner }, "cocp_records_partners_check"],
  ["an unknown reason", { reason: "BORED" }, "cocp_records_reason_check"],
  ["a note of 1,001 characters", { reason_note: "a".repeat(1001) }, "cocp_records_reason_note_check"],
  ["a record of no request", { request_id: "COCP-0000-0003" }, "cocp_records_request_id_fkey"],
])("refuses %s", async (_, changes, constraint) => {
  await expect(insertRecord(changes)).rejects.toEqual(refusedBy(constraint));
});

test("refuses an event with an unknown status", async () => {
  const id = await insertRecord();
  await expect(insertEvent(id, "PAUSED")).rejects.toEqual(refusedBy("cocp_events_status_check"));
});
