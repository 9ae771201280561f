import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { packageFolder } from "../../src/paths";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { changeover } from "../system/support";
import { isLong } from "./support/isLong";

/**
 * Files of any size are imported with the heap that small ones need. `npm run soak`: a million billing accounts, and
 * how long they take.
 */

const sizes = isLong ? ([100_000, 1_000_000] as const) : ([10_000, 100_000] as const);
/**
 * MB that may be in use on V8's heap, some 50 of them by the program itself: what is held, and not what garbage is
 * left lying while there is room, is what may not grow with the files.
 */
const heap = 96;

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "changeover-import-"));
});
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());
afterAll(() => rm(folder, { recursive: true, force: true }));

const customers = 1_000;

function* lines(header: string, count: number, line: (index: number) => string): Generator<string> {
  yield `${header}\n`;
  for (let index = 0; index < count; index += 1) yield `${line(index)}\n`;
}

/** Writes an import's files, of so many billing accounts with a role each. Gives their folder. */
async function writeFiles(accounts: number, program = "ENTERPRISE_AGREEMENT"): Promise<string> {
  const directory = join(folder, `${accounts}-${program}`);
  await mkdir(directory);
  const files: Record<string, Generator<string>> = {
    "customers.csv": lines("customer_number,name", customers, (i) => `C-${i},Customer ${i}`),
    "partners.csv": lines(
      "pcn,organization_name,allowed,reseller,software_advisor,enterprise_direct_support,notification_address",
      1,
      () => "PCN-1,Partner,true,true,true,false,",
    ),
    "billing_accounts.csv": lines(
      "account_number,display_name,customer_number,program,agreement_status,channel,start_date,end_date,anniversary_date,partner_pcn,bill_to_pcn",
      accounts,
      (i) => `A-${i},Account ${i},C-${i % customers},${program},ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,PCN-1,`,
    ),
    "billing_account_roles.csv": lines(
      "email,account_number,role",
      accounts,
      (i) => `admin@customer-${i % customers}.example,A-${i},ENTERPRISE_ADMIN`,
    ),
  };
  for (const [name, text] of Object.entries(files)) {
    await pipeline(Readable.from(text), createWriteStream(join(directory, name)));
  }
  return directory;
}

/** Imports a folder. Gives the exit code, seconds, and MB of the most memory that it took. */
async function importAll(directory: string) {
  const began = performance.now();
  const command = changeover(["import", directory], {
    DATABASE_URL: database.url,
    NODE_OPTIONS: `--max-old-space-size=${heap} --require ${join(packageFolder, "test/support/processes/reportPeakMemory.js")}`,
  });
  const code = await command.exit;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const peak = Math.round(Number(/peak of memory: (\d+) kB/.exec(command.output())?.[1]) / 1_024);
  return { code, seconds, peak };
}

const countAccounts = () =>
  withClient(database.url, async (client) => {
    const { rows } = await client.query<{ count: number }>("SELECT count(*)::integer FROM billing_accounts");
    return rows[0]?.count;
  });

test.each([
  ["J13 ten times as many billing accounts fit into the same heap", "ENTERPRISE_AGREEMENT", 0],
  ["J13 ten times as many bad rows fit into the same heap, and load nothing", "NONE", 1],
])(
  "%s",
  async (_what, program, code) => {
    const [few, many] = sizes;
    const small = await importAll(await writeFiles(few, program));
    const large = await importAll(await writeFiles(many, program));
    process.stdout.write(`import of ${few} and ${many} (seconds, MB): ${JSON.stringify([small, large])}\n`);
    expect([small.code, large.code]).toEqual([code, code]);
    expect(await countAccounts()).toBe(code === 0 ? many : 0);
  },
  300_000,
);
