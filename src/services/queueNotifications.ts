import { randomUUID } from "node:crypto";
import type { EntityManager } from "typeorm";
import { executeTogether } from "../db/insertion";
import { addingJobs, type Job } from "../db/jobs";
import { insertingNotifications, readNoticeFacts, type NewNotification, type NoticeFacts } from "../db/notifications";
import { isOverdue } from "../domain/actions";
import type { MailAccount, MailContent, MailPartner } from "../domain/mailContent";
import type { CocpNotificationKind } from "../domain/model";
import type { AddressBook, Reaction } from "../domain/reactions";
import type { CocpRecord } from "../domain/record";

/** The moment of a transaction, and the right side of the Message-IDs that it makes. */
export interface Stamp {
  readonly now: Date;
  readonly mailDomain: string;
}

/** What time brings about, for many at once: this mail lets pass the mail that somebody waits for. */
const kindsOfSweeps: readonly CocpNotificationKind[] = ["REMINDER", "EXPIRED", "COMPLETED"];

/** Notifications to be written, and the jobs that send them. */
export interface Mailing {
  readonly notifications: readonly NewNotification[];
  readonly jobs: readonly Job[];
}

/** The notifications that `react` finds for records, read in the caller's transaction. What a mail says is fixed here. */
export async function prepareMailing(
  manager: EntityManager,
  recordIds: readonly string[],
  react: (addressesOf: AddressBook) => Reaction[],
  stamp: Stamp,
): Promise<Mailing> {
  const facts = await readNoticeFacts(manager, [...new Set(recordIds)]);
  const factsOf = (id: string) => found(facts, id);
  const reactions = react(({ id }) => {
    const { signedBy, oldPartnerAddress } = factsOf(id);
    return { signedBy, oldPartner: oldPartnerAddress };
  });
  const notifications = reactions.map((reaction) => toNotification(reaction, factsOf, stamp));
  const jobs = notifications
    .filter(({ state }) => state === "QUEUED")
    .map(({ id, kind }) => ({
      task: "sendNotification" as const,
      payload: { notificationId: id },
      inBulk: kindsOfSweeps.includes(kind),
    }));
  return { notifications, jobs };
}

/** Writes notifications that no event calls for, and the jobs that send them, in the caller's transaction. */
export async function queueNotifications(...of: Parameters<typeof prepareMailing>): Promise<void> {
  const [manager] = of;
  const { notifications, jobs } = await prepareMailing(...of);
  await executeTogether(manager, insertingNotifications(notifications), addingJobs(jobs));
}

function toNotification(reaction: Reaction, factsOf: (id: string) => NoticeFacts, { now, mailDomain }: Stamp) {
  const { kind, party, recipient, requestId, partnerId, suppressedBecause } = reaction;
  const id = randomUUID();
  return {
    id,
    kind,
    requestId,
    recipientParty: party,
    partnerId,
    recipient,
    content: contentOf(reaction, factsOf, now),
    state: suppressedBecause === null ? ("QUEUED" as const) : ("SUPPRESSED" as const),
    suppressedBecause,
    attempts: 0,
    lastError: null,
    messageId: `<${id}@${mailDomain}>`,
    createdAt: now,
    sentAt: null,
    recordIds: reaction.records.map(({ id: recordId }) => recordId),
  };
}

function contentOf({ party, records, note }: Reaction, factsOf: (id: string) => NoticeFacts, now: Date): MailContent {
  const [record] = records;
  if (record === undefined) throw new Error("A notification is about at least one record");
  const facts = factsOf(record.id);
  return {
    organization: facts.organization,
    requestId: record.requestId,
    recipientPartner: addressedPartner(party, facts),
    accounts: records.map((each) => toMailAccount(each, party, factsOf)),
    submittedAt: record.submittedAt.toISOString(),
    respondBy: record.respondBy.toISOString(),
    expiresAt: record.expiresAt.toISOString(),
    overdue: isOverdue(record, now),
    note,
  };
}

function addressedPartner(party: Reaction["party"], facts: NoticeFacts): MailPartner | null {
  switch (party) {
    case "CUSTOMER":
      return null;
    case "NEW_PARTNER":
      return { pcn: facts.newPartnerPcn, organizationName: facts.newPartnerName };
    case "OLD_PARTNER":
      return { pcn: facts.oldPartnerPcn, organizationName: facts.oldPartnerName };
    default:
      return party satisfies never;
  }
}

function toMailAccount(
  { id, effectiveDate }: CocpRecord,
  party: Reaction["party"],
  factsOf: (id: string) => NoticeFacts,
): MailAccount {
  const { accountNumber, displayName, newPartnerPcn, newPartnerName } = factsOf(id);
  const newPartner = party === "OLD_PARTNER" ? null : { pcn: newPartnerPcn, organizationName: newPartnerName };
  return { accountNumber, displayName, effectiveDate, newPartner };
}

/** A value that the database's foreign keys promise. */
function found<Value>(values: ReadonlyMap<string, Value>, id: string): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`Nothing is known of ${id}`);
  return value;
}
