import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { addAccountsLike, meridian, submit } from "../support/api/changes";
import { startTestApi, unlimited, type TestApi } from "../support/api/testApi";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { changeover } from "../system/support";

/**
 * An import of 90,000 new, 9,000 unchanged and 1,000 changed accounts beside submissions on the changed ones. Prints
 * figures.
 */

const [existing, changed, all] = [10_000, 1_000, 100_000];
const numberOf = (index: number) => `L${100_000 + index}`;
let api: TestApi;
let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  api = await startTestApi({ worker: false, environment: unlimited });
  await addAccountsLike(
    api,
    Array.from({ length: existing }, (_, index) => numberOf(index)),
  );
}, 120_000);
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

/** Writes all accounts and imports them. The names of the first `renamed` ones get `suffix`. */
async function importAll(renamed: number, suffix: string): Promise<{ code: number | null; seconds: number }> {
  function* lines(): Generator<string> {
    yield "account_number,display_name,customer_number,program,agreement_status,channel,start_date,end_date,anniversary_date,partner_pcn,bill_to_pcn\n";
    for (let index = 0; index < all; index += 1) {
      const name = `Northlight ${numberOf(index)}${index < renamed ? suffix : ""}`;
      yield `${numberOf(index)},${name},C-10021,ENTERPRISE_AGREEMENT,ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,${meridian},\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, "billing_accounts.csv")));
  const began = performance.now();
  const code = await changeover(["import", folder], { DATABASE_URL: api.config.databaseUrl }).exit;
  return { code, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

test("no submission on a changed account is refused while 100,000 accounts are imported", async () => {
  let isOver = false;
  let next = 0;
  const waits: number[] = [];
  const submitAll = async () => {
    while (!isOver && next < changed) {
      const account = numberOf(next);
      next += 1;
      const began = performance.now();
      await submit(api, { accounts: [account] });
      waits.push(performance.now() - began);
    }
  };
  const submitting = Promise.all([submitAll(), submitAll()]);
  const report = await importAll(changed, " renamed");
  isOver = true;
  await submitting;
  const longest = Math.round(Math.max(...waits));
  const perSecond = Math.round(waits.length / report.seconds);
  const renaming = await importAll(all, " renamed again");
  process.stdout.write(
    `import beside ${perSecond} submissions a second: ${report.seconds} s, longest submission ${longest} ms; ` +
      `100,000 changed accounts: ${renaming.seconds} s\n`,
  );
  expect([report.code, renaming.code]).toEqual([0, 0]);
  const [row] = await api.rows<{ count: number }>(
    "SELECT count(*)::integer AS count FROM billing_accounts WHERE display_name LIKE '%renamed again'",
  );
  expect(row?.count).toBe(all);
}, 300_000);
