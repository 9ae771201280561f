import { randomUUID } from "node:crypto";
import type { EntityManager } from "typeorm";
import { secondsOverLimit } from "../../db/requests/invitationCounts";
import { executeTogether } from "../../db/postgres/insertion";
import { addingJobs, type Job } from "../../db/requests/jobs";
import {
  insertingNotifications,
  readNoticeFacts,
  type NewNotification,
  type NoticeFacts,
} from "../../db/requests/notifications";
import type { MailAccount, MailContent, MailPartner } from "../../domain/mailContent";
import type { CocpNotificationKind } from "../../domain/model";
import type { Reaction, RecipientBook } from "../../domain/reactions";
import type { CocpRecord } from "../../domain/record";
import { presentEffectiveDate } from "../../domain/deadlines";
import { RateLimitedError } from "../rateLimits";

/** Facts of the transaction that notifications are written with. */
export interface Stamp {
  readonly now: Date;
  /** The right side of the Message-IDs. */
  readonly mailDomain: string;
  /** Invitations that a customer may have sent to one contact in an hour; Infinity: any number. */
  readonly invitationsPerHour: number;
  /** The customer has these invitations sent again. */
  readonly resent?: boolean;
}

/** Notifications from scheduled sweeps have low priority. */
const kindsOfSweeps: readonly CocpNotificationKind[] = ["REMINDER", "EXPIRED", "COMPLETED"];

/** Notifications to be written, and the jobs that send them. */
export interface Mailing {
  readonly notifications: readonly NewNotification[];
  readonly jobs: readonly Job[];
}

/**
 * The notifications that `react` finds for records, read in the caller's transaction. What a mail says is fixed here.
 */
export async function prepareMailing(
  manager: EntityManager,
  recordIds: readonly string[],
  react: (recipientsOf: RecipientBook) => Reaction[],
  stamp: Stamp,
): Promise<Mailing> {
  const facts = await readNoticeFacts(manager, [...new Set(recordIds)]);
  const factsOf = (id: string) => found(facts, id);
  const reactions = react(({ id }) => {
    const { oldPartnerAddress, ...facts } = factsOf(id);
    return { ...facts, oldPartner: oldPartnerAddress };
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

/**
 * Counts the invitations that the caller's transaction has written and that will be sent. Throws RateLimitedError
 * when a contact gets more within the hour than the customer may have sent: then nothing of the transaction stays.
 */
export async function verifyInvitations(
  manager: EntityManager,
  notifications: readonly NewNotification[],
  { invitationsPerHour }: Stamp,
): Promise<void> {
  const invitations = notifications.filter(({ kind, state }) => kind === "INVITATION" && state === "QUEUED");
  if (invitations.length === 0 || invitationsPerHour === Infinity) return;
  const written = invitations.map(({ requestId, recipient }) => ({ requestId, recipient }));
  const seconds = await secondsOverLimit(manager, written, invitationsPerHour);
  if (seconds === null) return;
  throw new RateLimitedError(
    "This contact was sent many invitations within the hour.",
    Math.max(1, Math.ceil(seconds)),
  );
}

/**
 * Writes notifications that no event calls for, and the jobs that send them, in the caller's transaction. Throws
 * RateLimitedError: see verifyInvitations.
 */
export async function queueNotifications(...of: Parameters<typeof prepareMailing>): Promise<void> {
  const [manager] = of;
  const { notifications, jobs } = await prepareMailing(...of);
  await executeTogether(manager, insertingNotifications(notifications), addingJobs(jobs));
  await verifyInvitations(manager, notifications, of[3]);
}

function toNotification(
  reaction: Reaction,
  factsOf: (id: string) => NoticeFacts,
  { now, mailDomain, resent = false }: Stamp,
) {
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
    resent,
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
    accounts: records.map((each) => toMailAccount(each, party, factsOf, now)),
    submittedAt: record.submittedAt.toISOString(),
    respondBy: record.respondBy.toISOString(),
    expiresAt: record.expiresAt.toISOString(),
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
  record: CocpRecord,
  party: Reaction["party"],
  factsOf: (id: string) => NoticeFacts,
  now: Date,
): MailAccount {
  const { accountNumber, displayName, newPartnerPcn, newPartnerName } = factsOf(record.id);
  const newPartner = party === "OLD_PARTNER" ? null : { pcn: newPartnerPcn, organizationName: newPartnerName };
  return { accountNumber, displayName, effectiveDate: presentEffectiveDate(record, now), newPartner };
}

/** A value that the database's foreign keys promise. */
function found<Value>(values: ReadonlyMap<string, Value>, id: string): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`Nothing is known of ${id}`);
  return value;
}
