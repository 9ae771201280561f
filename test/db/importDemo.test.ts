import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { ineligibilityReasons, type AccountFacts } from "../../src/domain/eligibility";
import { CocpIneligibilityCode } from "../../src/domain/model";
import { importFolder } from "../support/data/importFolder";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";

const demo = join(__dirname, "../../demo");
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await withClient(database.url, (client) => importFolder(client, demo));
});
afterAll(() => database.drop());

/** The accounts on which somebody holds a role, as the rules see them. */
async function accountsOf(client: Client, email: string): Promise<AccountFacts[]> {
  const { rows } = await client.query<AccountFacts>(
    `SELECT a.id, account_number AS "accountNumber", display_name AS "displayName", customer_id AS "customerId", program,
       agreement_status AS "agreementStatus", channel, end_date::text AS "endDate", role AS "viewerRole",
       coalesce(b.enterprise_direct_support, false) AS "billToIsDirectSupport",
       p.enterprise_direct_support AS "partnerIsDirectSupport", partner_id AS "partnerOfRecordId",
       NULL AS "openRecord", NULL AS "incomingPartnerId"
     FROM billing_account_roles r JOIN billing_accounts a ON a.id = r.billing_account_id
     JOIN partners p ON p.id = partner_id LEFT JOIN partners b ON b.id = bill_to_partner_id
     WHERE email = $1 ORDER BY account_number`,
    [email],
  );
  return rows;
}

test("has for its first person eligible accounts of both channels and every reason that keeps an account out", async () => {
  const accounts = await withClient(database.url, (client) => accountsOf(client, "dana.whitfield@northlight.example"));
  const now = new Date("2026-12-01T00:00:00Z");
  const judged = accounts.map((account) => ({
    channel: account.channel,
    codes: ineligibilityReasons(account, now).map(({ code }) => code),
  }));
  const eligible = judged.filter(({ codes }) => codes.length === 0);
  expect(eligible.filter(({ channel }) => channel === "DIRECT")).toHaveLength(7);
  expect(eligible.filter(({ channel }) => channel === "INDIRECT")).toHaveLength(7);
  const shown = new Set(judged.flatMap(({ codes }) => codes)).add("OPEN_REQUEST_EXISTS");
  expect([...shown].toSorted()).toEqual(Object.keys(CocpIneligibilityCode).toSorted());
});

test("offers people to sign in who are what the files say", async () => {
  const people: { email: string; displayName: string; roles: string[]; pcn: string | null }[] = JSON.parse(
    await readFile(join(demo, "people.json"), "utf8"),
  );
  expect(people.length).toBeGreaterThanOrEqual(8);
  await withClient(database.url, async (client) => {
    for (const { email, displayName, roles, pcn } of people) {
      const accounts = await accountsOf(client, email);
      const partner = await client.query(
        `SELECT pcn, display_name AS "displayName" FROM partner_users JOIN partners p ON p.id = partner_id WHERE email = $1`,
        [email],
      );
      expect(partner.rows).toEqual(pcn === null ? [] : [{ pcn, displayName }]);
      const isAdmin = accounts.some(({ viewerRole }) => viewerRole === "ENTERPRISE_ADMIN");
      expect({ email, isAdmin }).toEqual({ email, isAdmin: roles.includes("ENTERPRISE_ADMIN") });
    }
  });
});
