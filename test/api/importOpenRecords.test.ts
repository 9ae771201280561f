import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImportReport } from "../../src/services/directoryImport/importDirectory";
import { importFolder } from "../support/data/importFolder";
import { approve, complete, harrowgate, meridian, submit, type Submitted } from "../support/api/changes";
import { operator, startTestApi, type TestApi } from "../support/api/testApi";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";
import { watchFeed } from "../support/api/watchFeed";
import { advance } from "../support/api/sandbox";

/** Imports while records are open, and while deadlines have passed that no sweep has written. */

const demo = join(__dirname, "../../demo");
const juniper = "PCN-4411290";
let api: TestApi;
let folder: string;
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: { SANDBOX: "on" } });
});
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await api.clearRequests();
  await api.rows("UPDATE sandbox_clock SET offset_ms = 0");
  await importLines("partners.csv", () => true);
  await importLines("billing_accounts.csv", (line) => /^770100[12],/.test(line), {}, { setPartner: true });
  await rm(folder, { recursive: true });
});
afterAll(() => api.stop());

/** Imports the demo's rows that `choose` takes, with texts replaced. */
async function importLines(
  file: string,
  choose: (line: string) => boolean,
  replaced: Readonly<Record<string, string>> = {},
  { setPartner = false, dryRun = false } = {},
): Promise<ImportReport> {
  const [header = "", ...lines] = (await readFile(join(demo, file), "utf8")).trim().split("\n");
  const rows = lines.filter(choose).map((line) => {
    return Object.entries(replaced).reduce((text, [from, to]) => text.replace(from, to), line);
  });
  await rm(folder, { recursive: true });
  folder = await temporaryFolder();
  await writeFile(join(folder, file), [header, ...rows, ""].join("\n"));
  return await withClient(api.config.databaseUrl, (client) => importFolder(client, folder, { dryRun, setPartner }));
}

const importAccount = (replaced: Readonly<Record<string, string>>, options = {}) =>
  importLines("billing_accounts.csv", (line) => line.startsWith("7701001"), replaced, options);
const importPartner = (allowed: boolean) =>
  importLines("partners.csv", (line) => line.startsWith(harrowgate), allowed ? {} : { ",true": ",false" });

/** Moves the clock past days without a sweep. */
const passDays = (days: number) =>
  api.rows("UPDATE sandbox_clock SET offset_ms = offset_ms + $1::bigint * 86400000", [days]);

async function toGrace(): Promise<Submitted> {
  const submitted = await submit(api);
  await approve(api, submitted);
  return submitted;
}

async function read({ recordIds }: Submitted) {
  const query = `query ($id: ID!) { node(id: $id) { ...on CocpRecord { status effectiveDate
    events { type occurredAt } billingAccount { partnerOfRecord { pcn } } } } }`;
  const { node } = await api.data(operator, query, { id: recordIds[0] });
  return { ...node, partner: node.billingAccount.partnerOfRecord.pcn };
}

const completions = () => api.rows("SELECT FROM cocp_notifications WHERE kind = 'COMPLETED'");
/** A sweep, by a clock that stays where it is. */
const sweep = () => advance(api, {});

describe("what read as an end state stays one", () => {
  test.each([
    ["the agreement EXPIRED", () => importAccount({ ",ACTIVE,": ",EXPIRED," })],
    ["an agreement that has ended", () => importAccount({ "2031-06-30": "2026-01-01" })],
    ["a partner that is no longer allowed", () => importPartner(false)],
  ])("when an import brings %s", async (_what, change) => {
    const submitted = await toGrace();
    await passDays(91);
    const { status, partner, effectiveDate } = await read(submitted);
    expect([status, partner]).toEqual(["COMPLETED", harrowgate]);
    expect((await change()).problems).toEqual([]);
    const written = await read(submitted);
    expect(written).toMatchObject({ status, partner, effectiveDate });
    await sweep();
    expect(await read(submitted)).toEqual(written);
    expect(await completions()).toHaveLength(3);
  });

  test("an expiry, when its account is imported", async () => {
    const submitted = await submit(api);
    await passDays(31);
    expect((await importAccount({ "C-10021": "C-10034" })).problems).toEqual([]);
    expect(await read(submitted)).toMatchObject({ status: "EXPIRED" });
    expect(await api.rows("SELECT status FROM cocp_records")).toEqual([{ status: "EXPIRED" }]);
  });
});

test("subscribers of another node are notified of the events that an import writes", async () => {
  const node = await api.startNode({ feedPoll: 600_000 });
  const client = node.socket(operator);
  const watch = watchFeed(client, { after: await api.feedNow(operator) });
  await submit(api, { accounts: ["7701001"] });
  await api.feedSettled();
  await importAccount({});
  await watch.until(1);
  await passDays(31);
  expect((await importAccount({})).notified).toBe(true);
  await api.feedSettled();
  await importAccount({}); // the event was held back while a transaction wrote elsewhere on the server
  await watch.until(2);
  expect(watch.types()).toEqual(["INITIATED", "EXPIRED"]);
  watch.stop();
  await client.dispose();
  await node.stop();
});

describe("a partner that is set between deadline and sweep", () => {
  test.each([
    ["another one", juniper],
    ["the one before", meridian],
  ])("stays: %s", async (_which, pcn) => {
    const submitted = await toGrace();
    await passDays(91);
    expect((await importAccount({ [meridian]: pcn }, { setPartner: true })).problems).toEqual([]);
    expect(await read(submitted)).toMatchObject({ status: "COMPLETED", partner: pcn });
    await sweep();
    expect(await read(submitted)).toMatchObject({ status: "COMPLETED", partner: pcn });
  });

  test("stays when the sweep comes first", async () => {
    const submitted = await toGrace();
    await passDays(91);
    await sweep();
    await importAccount({ [meridian]: juniper }, { setPartner: true });
    expect(await read(submitted)).toMatchObject({ status: "COMPLETED", partner: juniper });
  });
});

test("nobody is mailed of a completion whose partner an import has replaced by the one before", async () => {
  await toGrace();
  await passDays(91);
  await importAccount({}, { setPartner: true });
  const worker = await api.startWorker();
  await until(async () => (await api.rows("SELECT FROM cocp_notifications WHERE state = 'QUEUED'")).length === 0);
  await worker.stop();
  const completed = "SELECT DISTINCT state, suppressed_because FROM cocp_notifications WHERE kind = 'COMPLETED'";
  expect(await api.rows(completed)).toEqual([
    { state: "SUPPRESSED", suppressed_because: expect.stringContaining("has changed again") },
  ]);
});

describe("a completion that an import frees", () => {
  test.each([
    ["the agreement", () => importAccount({ ",ACTIVE,": ",EXPIRED," }), () => importAccount({})],
    ["the partner", () => importPartner(false), () => importPartner(true)],
  ])("bears the instant of the import that admits %s again, and has its notifications", async (_what, hold, free) => {
    const submitted = await toGrace();
    await hold();
    await passDays(120);
    await sweep();
    expect(await read(submitted)).toMatchObject({ status: "IN_GRACE_PERIOD" });
    const before = await advance(api, {});
    await free();
    const after = await advance(api, {});
    const { status, effectiveDate, events, partner } = await read(submitted);
    expect([status, partner]).toEqual(["COMPLETED", harrowgate]);
    const instant = new Date(events.at(-1).occurredAt);
    expect(instant >= before && instant <= after).toBe(true);
    expect(effectiveDate).toBe(instant.toISOString().slice(0, 10));
    expect(await completions()).toHaveLength(3);
  });
});

describe("a row that contradicts an open record", () => {
  test("names the request, and nothing is imported", async () => {
    const { requestId } = await toGrace();
    const renamed = { "Group Services": "Renamed" };
    const [customer] = (await importAccount({ ...renamed, "C-10021": "C-10034" })).problems;
    expect(customer).toMatchObject({ file: "billing_accounts.csv", line: 2, column: "customer_number" });
    const report = await importAccount({ ...renamed, [meridian]: juniper }, { setPartner: true });
    expect(report.problems).toMatchObject([{ line: 2, column: "partner_pcn" }]);
    for (const problem of [customer, ...report.problems]) expect(problem?.message).toContain(requestId);
    expect(await api.rows("SELECT FROM billing_accounts WHERE display_name LIKE '%Renamed'")).toEqual([]);
  });

  test("is left alone without --set-partner, and taken once the record has ended", async () => {
    const submitted = await submit(api);
    expect(await importAccount({ [meridian]: juniper })).toMatchObject({ problems: [], partnersLeftAloneCount: 1 });
    await complete(api, submitted);
    expect((await importAccount({ [meridian]: juniper }, { setPartner: true })).problems).toEqual([]);
    expect(await read(submitted)).toMatchObject({ status: "COMPLETED", partner: juniper });
  });
});

test("a sweep leaves a record whose account somebody holds, and settles the others of its batch", async () => {
  const submitted = await submit(api, { accounts: ["7701001", "7701002"] });
  await approve(api, submitted);
  await passDays(91);
  await withClient(api.config.databaseUrl, async (holder) => {
    await holder.query("BEGIN");
    await holder.query("SELECT FROM billing_accounts WHERE account_number = '7701001' FOR UPDATE");
    await sweep();
    const stored =
      "SELECT status FROM cocp_records r JOIN billing_accounts a ON a.id = billing_account_id ORDER BY account_number";
    expect(await api.rows(stored)).toEqual([{ status: "IN_GRACE_PERIOD" }, { status: "COMPLETED" }]);
    await holder.query("ROLLBACK");
    await sweep();
    expect(await api.rows(stored)).toEqual([{ status: "COMPLETED" }, { status: "COMPLETED" }]);
  });
});
