import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { globalIdKey } from "../../src/resolvers/globalId";
import type { ImportReport } from "../../src/services/directoryImport/importDirectory";
import { importFolder } from "../support/data/importFolder";
import { settleDue } from "../../src/services/requests/settleDue";
import {
  act,
  addAccountsLike,
  approve,
  harrowgate,
  initiate,
  meridian,
  proposal,
  submit,
} from "../support/api/changes";
import { dana, iris, operator, startTestApi, unlimited, type TestApi } from "../support/api/testApi";
import { openTestServices, type TestServices } from "../support/api/testServices";
import { withClient } from "../support/api/testServer";
import { temporaryFolder } from "../support/processes/temporaryFolder";

/** Two imports, two sweeps, a command and a submission on the same due accounts, all at once. */
const rounds = 200;
const perRound = 4;
const juniper = "PCN-4411290";
const orchard = "PCN-4411523";

let api: TestApi;
let services: TestServices;
const accountsOf = (round: number) => Array.from({ length: perRound }, (_, index) => `I${10_000 + round * 10 + index}`);
beforeAll(async () => {
  api = await startTestApi({ worker: false, environment: unlimited });
  services = await openTestServices(api.config.databaseUrl);
  await addAccountsLike(api, Array.from({ length: rounds }, (_, round) => accountsOf(round)).flat());
}, 60_000);
afterAll(async () => {
  await services.close();
  await api.stop();
});

const header =
  "account_number,display_name,customer_number,program,agreement_status,channel,start_date,end_date,anniversary_date,partner_pcn,bill_to_pcn\n";

async function importAccounts(numbers: readonly string[], name: string, pcn: string, setPartner: boolean) {
  const folder = await temporaryFolder();
  try {
    const rows = numbers.map((number) => {
      return `${number},${name},C-10021,ENTERPRISE_AGREEMENT,ACTIVE,DIRECT,2025-07-01,2031-06-30,2027-07-01,${pcn},\n`;
    });
    await writeFile(join(folder, "billing_accounts.csv"), header + rows.join(""));
    return await withClient(api.config.databaseUrl, (client) => importFolder(client, folder, { setPartner }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Waits for a random number of round trips to the database. */
async function aWhile(most: number): Promise<void> {
  for (let left = Math.random() * most; left > 1; left -= 1) await services.dataSource.query("SELECT");
}

async function holdRound(round: number): Promise<{ renaming: ImportReport; setting: ImportReport }> {
  const accounts = accountsOf(round);
  const submitted = await submit(api, { accounts });
  await approve(api, submitted);
  const recordIds = submitted.recordIds.map((id) => globalIdKey("CocpRecord", id));
  const today = "(now() AT TIME ZONE 'UTC')::date";
  await api.rows(`UPDATE cocp_records SET effective_date = ${today} WHERE id = ANY($1::uuid[])`, [recordIds]);
  const next = await proposal(api, { accounts, pcn: orchard, contact: iris });
  const after = async <Result>(work: () => Promise<Result>, most = 150) => {
    await aWhile(most);
    return await work();
  };
  const [renaming, setting, , , refused, initiated] = await Promise.all([
    after(() => importAccounts(accounts.toReversed(), `Round ${round}`, meridian, false), 15),
    after(() => importAccounts(accounts.slice(0, 2), `Round ${round}`, juniper, true), 15),
    after(() => settleDue(services)),
    after(() => settleDue(services)),
    after(() => act(api, operator, "refuseCocp", { recordIds: submitted.recordIds, note: "Too late" })),
    after(() => initiate(api, dana, next)),
  ]);
  expect(renaming.problems).toEqual([]);
  expect(refused.userErrors.map(({ code }) => code)).toEqual(accounts.map(() => "INVALID_STATUS"));
  expect(initiated.userErrors).toEqual([]);
  expect(setting.problems.map(({ column }) => column)).toEqual(
    setting.problemCount === 0 ? [] : ["partner_pcn", "partner_pcn"],
  );
  return { renaming, setting };
}

test("200 rounds of imports, sweeps and commands on the same accounts: nobody sees a deadlock, and nothing is lost", async () => {
  let contradicted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const { setting } = await holdRound(round);
    if (setting.problemCount > 0) contradicted += 1;
    const numbers = accountsOf(round);
    const partners = numbers.map((_, index) => (index < 2 && setting.problemCount === 0 ? juniper : harrowgate));
    const found = await api.rows(
      `SELECT a.account_number, a.display_name, p.pcn,
        array(SELECT r.status FROM cocp_records r WHERE r.billing_account_id = a.id ORDER BY r.status) AS statuses,
        (SELECT count(*)::integer FROM cocp_events e JOIN cocp_records r ON r.id = e.record_id
          WHERE r.billing_account_id = a.id AND e.type = 'COMPLETED') AS completions
      FROM billing_accounts a JOIN partners p ON p.id = a.partner_id
      WHERE account_number = ANY($1) ORDER BY account_number`,
      [numbers],
    );
    expect(found).toEqual(
      numbers.map((account_number, index) => ({
        account_number,
        display_name: `Round ${round}`,
        pcn: partners[index],
        statuses: ["COMPLETED", "IN_PROGRESS"],
        completions: 1,
      })),
    );
  }
  console.log(`${contradicted} of ${rounds} imports met the open record of the submission`);
}, 600_000);
