import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { advisoryLocks } from "../../src/db/postgres/advisoryLocks";
import { importCommand } from "../../src/cli/importCommand";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";
import { temporaryFolder } from "../support/processes/temporaryFolder";

const demo = join(__dirname, "../../demo");
let database: TestDatabase;
let directory: string;
const environment = process.env.DATABASE_URL;

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await temporaryFolder();
});
afterAll(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  process.env.DATABASE_URL = database.url;
});
afterEach(() => {
  if (environment === undefined) delete process.env.DATABASE_URL;
  else process.env.DATABASE_URL = environment;
});

/** Runs the command as on no terminal; answers what it wrote and the message it failed with. */
async function run(...args: string[]): Promise<{ stdout: string; stderr: string; failure: string | null }> {
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    jest.spyOn(process[name], "write").mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    });
  }
  const { isTTY } = process.stderr;
  process.stderr.isTTY = false;
  try {
    await importCommand().parseAsync(args, { from: "user" });
    return { ...written, failure: null };
  } catch (error) {
    return { ...written, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    jest.restoreAllMocks();
    process.stderr.isTTY = isTTY;
  }
}

test("ends with a table of what was added and changed", async () => {
  const dry = await run("--dry-run", demo);
  expect(dry.stdout).toMatch(/\nDry run: nothing was changed\.\n$/);
  const { stdout, stderr, failure } = await run(demo);
  expect(failure).toBeNull();
  expect(stdout).toMatch(/^file +rows +added +changed +removed +unchanged\ncustomers\.csv +5 +5 +0 +0 +0\n/);
  expect(stdout).toMatch(/\nImported\.\n$/);
  expect(stderr).toContain("billing_accounts.csv: read, 40 rows\n");
});

test("prints each bad row to standard error and fails with their number", async () => {
  await writeFile(join(directory, "customers.csv"), "customer_number,name\nC-1,\nC-2\n");
  const { stdout, stderr, failure } = await run(directory);
  expect(stdout).toBe("");
  expect(stderr).toContain("\ncustomers.csv:2: name: is blank\ncustomers.csv:3: has 1 values for 2 columns\n");
  expect(failure).toBe("nothing was imported: 2 problems in the files");
});

test("says when DATABASE_URL is missing, and when nothing answers there", async () => {
  delete process.env.DATABASE_URL;
  expect((await run(demo)).failure).toMatch(/DATABASE_URL must be set, to a URL/);
  process.env.DATABASE_URL = "postgres://127.0.0.1:1/changeover";
  expect((await run(demo)).failure).toMatch(/^cannot connect to the database of DATABASE_URL: .*ECONNREFUSED/);
});

test("says so when the connection is lost under way", async () => {
  await withClient(database.url, async (holder) => {
    await holder.query("SELECT pg_advisory_lock($1)", [advisoryLocks.import]);
    const failing = run(demo);
    const terminate =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
    await until(async () => (await holder.query(terminate)).rowCount !== 0);
    expect((await failing).failure).toBe("lost the connection to the database: run the import again");
  });
});

test("teaches the files, their columns and a row of each in its help", () => {
  let help = "";
  importCommand()
    .configureOutput({ writeOut: (text) => void (help += text) })
    .outputHelp();
  expect(help).toContain("customers.csv\n  customer_number,name\n  C-10021,Northlight Hospitals Trust\n");
  expect(help).toContain("agreement_status: ACTIVE, EXPIRED, ENDED\n");
});
