import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import type { ImportReport } from "../../src/services/directoryImport/importDirectory";
import { importFolder } from "../support/data/importFolder";
import { formatProblem } from "../../src/services/directoryImport/importProblems";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { temporaryFolder } from "../support/processes/temporaryFolder";

let database: TestDatabase;
let client: Client;
let directory: string;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  directory = await temporaryFolder();
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await rm(directory, { recursive: true });
});

const good = {
  "customers.csv": "customer_number,name\nC-1,Customer\n",
  "partners.csv":
    "pcn,organization_name,allowed,reseller,software_advisor,enterprise_direct_support,notification_address\n" +
    "P-1,One,true,true,true,false,\n",
  "partner_users.csv": "email,pcn,display_name,can_respond\nkim@one.example,P-1,Kim,true\n",
  "billing_accounts.csv":
    "account_number,display_name,customer_number,program,agreement_status,channel,start_date,end_date,anniversary_date,partner_pcn,bill_to_pcn\n" +
    "A-1,Works,C-1,ENTERPRISE_AGREEMENT,ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,P-1,\n",
  "billing_account_roles.csv": "email,account_number,role\ndana@customer.example,A-1,ENTERPRISE_ADMIN\n",
};
type File = keyof typeof good;

/** Imports good files, one of them replaced. */
async function load(file: File, content: string | Buffer): Promise<ImportReport> {
  for (const [name, text] of Object.entries(good)) await writeFile(join(directory, name), text);
  await writeFile(join(directory, file), content);
  return importFolder(client, directory);
}

async function isEmpty(): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT (SELECT count(*) FROM customers) + (SELECT count(*) FROM partners) AS count",
  );
  return rows[0].count === "0";
}

const swap = (file: File, from: string, to: string): [File, string] => [file, good[file].replace(from, to)];

test.each<[string, [File, string], string[]]>([
  ["a blank value", swap("customers.csv", "Customer", "  "), ["customers.csv:2: name: is blank"]],
  [
    "a ragged row",
    swap("customers.csv", "C-1,Customer", "C-1,Customer,x"),
    ["customers.csv:2: has 3 values for 2 columns"],
  ],
  [
    "a long name",
    swap("customers.csv", "Customer", "x".repeat(201)),
    ["customers.csv:2: name: is longer than 200 characters"],
  ],
  [
    "a NUL",
    swap("customers.csv", "Customer", "Cust\0omer"),
    ["customers.csv:2: name: holds a line break, a tab, a NUL or another control character"],
  ],
  [
    "a line break in a value",
    swap("customers.csv", "Customer", '"Cust\nomer"'),
    ["customers.csv:2: name: holds a line break, a tab, a NUL or another control character"],
  ],
  [
    "an unknown column",
    swap("customers.csv", "name", "nmae"),
    [
      'customers.csv:1: "nmae": is not a column of this file, which has: customer_number, name',
      "customers.csv:1: name: is missing",
    ],
  ],
  [
    "a column that is there twice",
    swap("customers.csv", "name", "name,name"),
    ["customers.csv:1: name: appears twice"],
  ],
  [
    "an empty file",
    ["customers.csv", ""],
    ["customers.csv:1: the file is empty: its first line must be customer_number,name"],
  ],
  [
    "a long PCN",
    swap("partner_users.csv", "P-1", "P".repeat(33)),
    ["partner_users.csv:2: pcn: is not a PCN, which has at most 32 characters"],
  ],
  [
    "a boolean that is neither",
    swap("partner_users.csv", "true", "yes"),
    ["partner_users.csv:2: can_respond: must be true or false"],
  ],
  [
    "an address with a name",
    swap("partner_users.csv", "kim@one.example", "Kim <kim@one.example>"),
    ["partner_users.csv:2: email: is not one bare e-mail address such as kim.lee@partner.example"],
  ],
  [
    "an address of 255 bytes",
    swap("partner_users.csv", "kim@", `kim@${"x.".repeat(120)}`),
    ["partner_users.csv:2: email: is not one bare e-mail address such as kim.lee@partner.example"],
  ],
  [
    "an unknown status",
    swap("billing_accounts.csv", "ACTIVE", "Active"),
    ['billing_accounts.csv:2: agreement_status: is "Active", must be one of ACTIVE, EXPIRED, ENDED'],
  ],
  [
    "a day that no calendar has",
    swap("billing_accounts.csv", "2025-07-01", "2025-02-29"),
    ["billing_accounts.csv:2: start_date: must be a calendar date such as 2027-02-20"],
  ],
  [
    "a year that PostgreSQL has not",
    swap("billing_accounts.csv", "2027-07-01", "0000-07-01"),
    ["billing_accounts.csv:2: anniversary_date: must be a calendar date such as 2027-02-20"],
  ],
  [
    "an end before the start",
    swap("billing_accounts.csv", "2031-06-30", "2025-06-30"),
    ["billing_accounts.csv:2: end_date: is before start_date"],
  ],
  [
    "an unknown customer",
    swap("billing_accounts.csv", "C-1", "C-2"),
    ['billing_accounts.csv:2: customer_number: "C-2" is in neither customers.csv nor the database'],
  ],
  [
    "an unknown partner of record",
    swap("billing_accounts.csv", "P-1,", "P-2,"),
    ['billing_accounts.csv:2: partner_pcn: "P-2" is in neither partners.csv nor the database'],
  ],
  [
    "an unknown bill-to",
    swap("billing_accounts.csv", "P-1,", "P-1,P-3"),
    ['billing_accounts.csv:2: bill_to_pcn: "P-3" is in neither partners.csv nor the database'],
  ],
  [
    "an unknown account in a role",
    swap("billing_account_roles.csv", "A-1", "A-9"),
    ['billing_account_roles.csv:2: account_number: "A-9" is in neither billing_accounts.csv nor the database'],
  ],
  [
    "the partner of an unknown user",
    swap("partner_users.csv", "P-1", "P-4"),
    ['partner_users.csv:2: pcn: "P-4" is in neither partners.csv nor the database'],
  ],
  [
    "a key that is there twice",
    ["customers.csv", "name,customer_number\nA,C-1\nB,C-2\nC, C-1\n"],
    ["customers.csv:4: customer_number: has the same key as line 2"],
  ],
  [
    "a person with two roles on an account",
    [
      "billing_account_roles.csv",
      `${good["billing_account_roles.csv"]}DANA@customer.example,A-1,ENTERPRISE_ADMIN_READ_ONLY\n`,
    ],
    ["billing_account_roles.csv:3: email + account_number: has the same key as line 2"],
  ],
  [
    "a stray quote",
    swap("customers.csv", "Customer", 'Cust"omer'),
    [
      'customers.csv:2: has a quote (") inside a value that does not begin with one: write "a ""b"" c"; no later line was read',
    ],
  ],
])("J13 refuses %s, naming where, and loads nothing", async (_name, [file, content], expected) => {
  const { problems, problemCount } = await load(file, content);
  expect(problems.map(formatProblem)).toEqual(expected);
  expect(problemCount).toBe(expected.length);
  expect(await isEmpty()).toBe(true);
});

test("refuses UTF-16 and bytes that are not UTF-8", async () => {
  const utf16 = await load("customers.csv", Buffer.from(`\uFEFF${good["customers.csv"]}`, "utf16le"));
  expect(utf16.problems.map(formatProblem)).toEqual(["customers.csv:1: the file is UTF-16: save it as CSV in UTF-8"]);
  const latin1 = await load("customers.csv", Buffer.from("customer_number,name\nC-1,Malmö\n", "latin1"));
  expect(latin1.problems.map(formatProblem)).toEqual(["customers.csv:2: name: is not UTF-8 text"]);
});

test("reports every bad row of all files, in the order of files and lines", async () => {
  const { problems } = await load(
    "billing_accounts.csv",
    `${good["billing_accounts.csv"]}A-2,,C-7,EA,ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,P-1,\nA-3\nA-1${"\n"}`,
  );
  expect(problems.map(({ line, column }) => [line, column])).toEqual([
    [3, "display_name"],
    [3, "program"],
    [3, "customer_number"],
    [4, null],
    [5, null],
    [5, "account_number"],
  ]);
});

test("does not call what refers to a bad row bad as well", async () => {
  const { problems } = await load(...swap("customers.csv", "Customer", ""));
  expect(problems.map(formatProblem)).toEqual(["customers.csv:2: name: is blank"]);
});

test("lists the first 1,000 problems and counts all", async () => {
  const { problems, problemCount } = await load("customers.csv", `customer_number,name\n${",x\n".repeat(1500)}`);
  expect(problems).toHaveLength(1000);
  expect(problems.at(-1)).toMatchObject({ file: "customers.csv", line: 1001 });
  expect(problemCount).toBe(1501);
});
