import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import type { ImportReport } from "../../src/services/directoryImport/importDirectory";
import { importFolder } from "../support/data/importFolder";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { until } from "../support/until";
import { temporaryFolder } from "../support/processes/temporaryFolder";

const demo = join(__dirname, "../../demo");
const tables = ["customers", "partners", "partner_users", "billing_accounts", "billing_account_roles"];

let database: TestDatabase;
let client: Client;
let directory: string;

beforeEach(async () => {
  database = await createTestDatabase();
  client = await connect();
  directory = await temporaryFolder();
});
afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(directory, { recursive: true });
});

async function connect(): Promise<Client> {
  const connection = new Client({ connectionString: database.url });
  await connection.connect();
  return connection;
}

/** Imports the given files, or the demo's when none are given. */
async function load(files: Record<string, string>, options: { dryRun?: boolean; setPartner?: boolean } = {}) {
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  const source = Object.keys(files).length > 0 ? directory : demo;
  return importFolder(client, source, options);
}

const counts = ({ files }: ImportReport) =>
  files.map(({ rows, inserted, updated, unchanged }) => [rows, inserted, updated, unchanged]);

/** Everything in the directory's tables, with what tells whether a row was written again. */
async function contents(): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const table of tables) {
    all.push((await client.query(`SELECT ctid, xmin, * FROM ${table} ORDER BY ctid`)).rows);
  }
  return all;
}

async function accountRow(accountNumber: string): Promise<Record<string, unknown>> {
  const { rows } = await client.query(
    `SELECT a.display_name, p.pcn, b.pcn AS bill_to, customer_number, end_date::text
     FROM billing_accounts a JOIN partners p ON p.id = partner_id JOIN customers c ON c.id = customer_id
     LEFT JOIN partners b ON b.id = bill_to_partner_id WHERE account_number = $1`,
    [accountNumber],
  );
  return rows[0];
}

const partners =
  "pcn,organization_name,allowed,reseller,software_advisor,enterprise_direct_support,notification_address\n" +
  "P-1,One,true,true,true,false,\nP-2,Two,true,true,true,false,two@partner.example\n";
const accountHeader =
  "account_number,display_name,customer_number,program,agreement_status,channel,start_date,end_date,anniversary_date,partner_pcn,bill_to_pcn\n";
const account = (number: string, pcn = "P-1", name = "Works") =>
  `${number},${name},C-1,ENTERPRISE_AGREEMENT,ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,${pcn},\n`;
const small = {
  "customers.csv": "customer_number,name\nC-1,Customer\n",
  "partners.csv": partners,
  "billing_accounts.csv": accountHeader + account("A-1") + account("A-2"),
};

describe("loading", () => {
  test("loads the demo into an empty database, numbers resolved", async () => {
    const report = await load({});
    expect(report).toMatchObject({ problemCount: 0, partnersLeftAloneCount: 0 });
    expect(report.files.map(({ rows, inserted }) => [rows, inserted])).toEqual([
      [5, 5],
      [12, 12],
      [16, 16],
      [40, 40],
      [61, 61],
    ]);
    expect(await accountRow("7701019")).toEqual({
      display_name: "Northlight Emergency Response",
      pcn: "PCN-4410512",
      bill_to: "PCN-4411417",
      customer_number: "C-10021",
      end_date: "2031-06-30",
    });
  });

  test("touches no row when an import is repeated", async () => {
    await load({});
    const before = await contents();
    const report = await load({});
    expect(counts(report)).toEqual([5, 12, 16, 40, 61].map((rows) => [rows, 0, 0, rows]));
    expect(await contents()).toEqual(before);
  });

  test("adds the rows whose key is new and updates those that differ", async () => {
    await load(small);
    const report = await load({
      "customers.csv": "customer_number,name\nC-2,Second\nC-1,Customer\n",
      "billing_accounts.csv":
        accountHeader + account("A-1").replace("C-1", "C-2") + account("A-2") + account("A-3", "P-2", "New"),
    });
    expect(counts(report)).toEqual([
      [2, 1, 0, 1],
      [2, 0, 0, 2],
      [3, 1, 1, 1],
    ]);
    expect(await accountRow("A-1")).toMatchObject({ customer_number: "C-2", pcn: "P-1" });
    expect(await accountRow("A-3")).toMatchObject({ display_name: "New", pcn: "P-2" });
  });

  test("takes any one of the files, referring to what the database has", async () => {
    await load(small);
    await rm(directory, { recursive: true });
    directory = await temporaryFolder();
    const report = await load({
      "billing_account_roles.csv": "role,email,account_number\nENTERPRISE_ADMIN,Dana@Customer.Example,A-2\n",
    });
    expect(counts(report)).toEqual([[1, 1, 0, 0]]);
    const { rows } = await client.query("SELECT email, role FROM billing_account_roles");
    expect(rows).toEqual([{ email: "dana@customer.example", role: "ENTERPRISE_ADMIN" }]);
  });

  test("reads a byte order mark, CRLF, quotes, trims values, upper-cases PCNs and takes formulas as text", async () => {
    await load({
      "partners.csv": partners.replace("P-1", " p-1 "),
      "customers.csv": '\uFEFFname,customer_number\r\n"=cmd|\' /C calc\'!A0, ""x""",C-1\r\n\r\n@SUM(\\N),-2\r\n',
    });
    const customers = await client.query("SELECT customer_number, name FROM customers ORDER BY name DESC");
    expect(customers.rows).toEqual([
      { customer_number: "-2", name: "@SUM(\\N)" },
      { customer_number: "C-1", name: "=cmd|' /C calc'!A0, \"x\"" },
    ]);
    expect((await client.query("SELECT pcn FROM partners ORDER BY pcn")).rows).toEqual([
      { pcn: "P-1" },
      { pcn: "P-2" },
    ]);
  });

  test("takes rights away by an empty role or pcn, under file names of any case", async () => {
    const roles = "email,account_number,role\na@c.example,A-1,ENTERPRISE_ADMIN\nb@c.example,A-1,ENTERPRISE_ADMIN\n";
    const users = "email,pcn,display_name,can_respond\nkim@p.example,P-1,Kim,true\n";
    await load({ ...small, "billing_account_roles.csv": roles, "partner_users.csv": users });
    await rm(directory, { recursive: true });
    directory = await temporaryFolder();
    const ended = {
      "Billing_Account_Roles.CSV": "email,account_number,role\nA@c.example,A-1, \nnew@c.example,A-2,\n",
      "PARTNER_USERS.csv": users.replace("P-1", ""),
    };
    for (const dryRun of [true, false]) {
      const { files } = await load(ended, { dryRun });
      expect(files).toEqual([
        { file: "partner_users.csv", rows: 1, inserted: 0, updated: 0, removed: 1, unchanged: 0 },
        { file: "billing_account_roles.csv", rows: 2, inserted: 0, updated: 0, removed: 1, unchanged: 1 },
      ]);
    }
    const left = "SELECT email FROM billing_account_roles UNION ALL SELECT email FROM partner_users";
    expect((await client.query(left)).rows).toEqual([{ email: "b@c.example" }]);
  });

  test("locks no row that exists in a dry run, nor any that stays as it is", async () => {
    await load(small);
    const holder = await connect();
    try {
      await holder.query("BEGIN");
      await holder.query("SELECT FROM billing_accounts WHERE account_number = 'A-1' FOR UPDATE");
      const renamed = { "billing_accounts.csv": accountHeader + account("A-1", "P-1", "Renamed") + account("A-2") };
      expect(counts(await load(renamed, { dryRun: true }))[2]).toEqual([2, 0, 1, 1]);
      const other = { "billing_accounts.csv": accountHeader + account("A-1") + account("A-2", "P-1", "Renamed") };
      expect(counts(await load(other))[2]).toEqual([2, 0, 1, 1]);
    } finally {
      await holder.end();
    }
  });

  test("tells what a dry run would do and does nothing", async () => {
    const before = await contents();
    expect(counts(await load(small, { dryRun: true }))).toEqual([1, 2, 2].map((rows) => [rows, rows, 0, 0]));
    expect(await contents()).toEqual(before);
  });
});

describe("the partner of record of an existing account", () => {
  const moved = { "billing_accounts.csv": accountHeader + account("A-1", "P-2", "Renamed") + account("A-2") };

  test("is reported and left alone, while the rest of the row is taken", async () => {
    await load(small);
    const report = await load(moved);
    expect(report.partnersLeftAlone).toEqual([
      { line: 2, accountNumber: "A-1", partnerOfRecord: "P-1", partnerInFile: "P-2" },
    ]);
    expect(report.partnersLeftAloneCount).toBe(1);
    expect(await accountRow("A-1")).toMatchObject({ pcn: "P-1", display_name: "Renamed" });
  });

  test("is set with setPartner", async () => {
    await load(small);
    const report = await load(moved, { setPartner: true });
    expect(report).toMatchObject({ partnersLeftAlone: [], partnersLeftAloneCount: 0 });
    expect(await accountRow("A-1")).toMatchObject({ pcn: "P-2" });
  });
});

describe("several at a time", () => {
  test("lets two imports of the same files wait for each other", async () => {
    const other = await connect();
    try {
      const reports = await Promise.all([client, other].map((each) => importFolder(each, demo)));
      expect(reports.map(({ files }) => files[3]?.inserted).toSorted()).toEqual([0, 40]);
    } finally {
      await other.end();
    }
  });

  test("takes the locks of accounts in id order, so a request that holds the first gets the second too", async () => {
    await load(small);
    const { rows } = await client.query<{ id: string }>("SELECT id FROM billing_accounts ORDER BY id");
    const request = await connect();
    try {
      await request.query("BEGIN");
      await request.query("SELECT FROM billing_accounts WHERE id = $1 FOR UPDATE", [rows[0]?.id]);
      const renamed = accountHeader + account("A-1", "P-1", "Renamed") + account("A-2", "P-1", "Renamed");
      const importing = load({ "billing_accounts.csv": renamed });
      await someoneWaitsFor(request);
      await request.query("SELECT FROM billing_accounts WHERE id = $1 FOR UPDATE", [rows[1]?.id]);
      await request.query("COMMIT");
      expect(counts(await importing)[2]).toEqual([2, 0, 2, 0]);
    } finally {
      await request.end();
    }
  });

  test("is tried again after a deadlock", async () => {
    await load(small);
    // A sequence is not rolled back: the second attempt finds it moved on.
    await client.query(`CREATE SEQUENCE attempts;
      CREATE FUNCTION deadlock_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('attempts') = 1 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER deadlock_once AFTER UPDATE ON billing_accounts EXECUTE FUNCTION deadlock_once()`);
    const renamed = accountHeader + account("A-1", "P-1", "Renamed") + account("A-2");
    expect(counts(await load({ "billing_accounts.csv": renamed }))[2]).toEqual([2, 0, 1, 1]);
    expect(await accountRow("A-1")).toMatchObject({ display_name: "Renamed" });
    expect((await client.query("SELECT last_value::integer AS attempts FROM attempts")).rows).toEqual([
      { attempts: 2 },
    ]);
  });

  /** Waits until another connection waits for a lock that this one, in a transaction, holds. */
  async function someoneWaitsFor(holder: Client): Promise<void> {
    // Else the view would stay as the transaction first saw it.
    await holder.query("SET LOCAL stats_fetch_consistency = 'none'");
    const waiting = "SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
    await until(async () => (await holder.query(waiting)).rowCount !== 0);
  }
});

describe("what can't be imported at all", () => {
  test("throws for another CSV file, and for two names that differ in case alone", async () => {
    await expect(load({ ...small, "Roles.CSV": "a\n" })).rejects.toThrow(/^Roles\.CSV: not a file of the directory/);
    await rm(join(directory, "Roles.CSV"));
    const twice = { "Customers.csv": small["customers.csv"] };
    await expect(load(twice)).rejects.toThrow("Customers.csv and customers.csv are the same file");
  });

  test("throws for a directory that is missing or holds none of the files", async () => {
    await expect(load({ "notes.txt": "a\n" })).rejects.toThrow(/has none of customers.csv, partners.csv/);
    await expect(importFolder(client, join(directory, "missing"))).rejects.toThrow(
      /missing is not a readable directory/,
    );
  });

  test("throws when a file can't be read, and leaves the connection usable and the tables as they were", async () => {
    const before = await contents();
    await cp(demo, join(directory, "billing_accounts.csv"), { recursive: true });
    await expect(load({ "customers.csv": small["customers.csv"] })).rejects.toThrow(
      "billing_accounts.csv is not a file",
    );
    expect(await contents()).toEqual(before);
  });
});
