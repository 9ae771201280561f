import type { EntityManager } from "typeorm";
import { readAccounts, type Reading } from "../../db/directory/accounts";
import { readPartnersByPcn, readPartnerUsers } from "../../db/directory/partners";
import { sql } from "../../db/postgres/sql";
import { assessChanges, checkSize, scheduleFrom, type Assessment, type PartnerChange } from "../../domain/initiation";
import type { CocpPolicy } from "../../domain/policy";
import { pcnKey, withAsciiDomain } from "../../domain/keys";

/**
 * Reads the visible rows that the changes of a request name, and checks the changes. The preview and the submission
 * use it; the submission calls it in its transaction.
 */
export async function assess(
  manager: EntityManager,
  changes: readonly PartnerChange[],
  reading: Reading,
  policy: CocpPolicy,
): Promise<Assessment> {
  const size = checkSize(changes.length, policy);
  if (size !== null) {
    return { items: [], terms: null, schedule: scheduleFrom(reading.now, policy), errors: [size], warnings: [] };
  }
  const accounts = await readAccounts(
    manager,
    reading,
    sql`own.role IS NOT NULL AND a.id = ANY(${accountIdsOf(changes)}::uuid[])`,
  );
  const pcns = changes.flatMap(({ newPartnerPcn }) => pcnKey(newPartnerPcn) ?? []);
  const contacts = changes.map(({ partnerNotificationContact: contact }) => withAsciiDomain(contact.trim()));
  const facts = {
    accounts: new Map(accounts.map((account) => [account.id, account])),
    partners: await readPartnersByPcn(manager, reading.viewer, [...new Set(pcns)]),
    partnerUsers: await readPartnerUsers(manager, [...new Set(contacts)]),
  };
  return assessChanges(changes, facts, { now: reading.now, policy });
}

/** The accounts that the changes name. */
export function accountIdsOf(changes: readonly PartnerChange[]): string[] {
  return [...new Set(changes.flatMap(({ billingAccountId }) => billingAccountId ?? []))];
}
