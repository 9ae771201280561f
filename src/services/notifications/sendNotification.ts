import type { EntityManager } from "typeorm";
import {
  claim,
  hold,
  lockLine,
  readMailedRecords,
  readOthers,
  recordAttempt,
  wait,
  wakeBehind,
  withdraw,
  type MailedRecordRow,
  type QueuedNotification,
} from "../../db/requests/outbox";
import { inTransaction } from "../../db/postgres/transaction";
import { isOverdue } from "../../domain/actions";
import { utcDate } from "../../domain/dates";
import { settle } from "../../domain/decide";
import { evolve } from "../../domain/evolve";
import type { MailContent, MailFacts } from "../../domain/mailContent";
import { presentEffectiveDate } from "../../domain/deadlines";
import { withdrawalReason, type MailedRecord } from "../../domain/withdrawals";
import { failureCode, MailRefusedError, type Mail, type MailTransport } from "../../mail/mailTransport";
import { groupBy } from "../groupBy";
import type { ServiceContext } from "../serviceContext";

export type { MailTransport };

/** Characters of the mail server's answer that are stored. */
const maxErrorLength = 500;

/** The next step for a queued notification. */
interface Prepared {
  /** Null: nothing is to be sent by this job. */
  readonly attempt: { readonly mail: Mail; readonly number: number; readonly isLast: boolean } | null;
  /** Notifications that were withdrawn: what waited for them may go. */
  readonly withdrawn: readonly string[];
  /** This one is held, and no other was before. */
  readonly holdBegan: boolean;
}

/**
 * Sends a queued notification, outside of any transaction, and records the outcome. One that is not queued is left
 * alone. Before each attempt it reads again what the email rests on (docs/decisions/0034):
 * - A later fact overtook it: SUPPRESSED.
 * - An earlier email about the same record to the same recipient is queued: it waits, for an hour at most.
 * - No worker saw it in time: it is held.
 *
 * Rejected by the mail server, or deferred for three days from the first attempt: FAILED. Deferred otherwise: it
 * stays QUEUED, and this throws, so that the job is tried again after a pause. When the process dies in between, it
 * is sent twice under one Message-ID. `workerId`: the worker whose job this is.
 */
export async function sendNotification(
  context: ServiceContext,
  transport: MailTransport,
  notificationId: string,
  workerId: string | null = null,
): Promise<void> {
  const { dataSource, logger } = context;
  const { manager } = dataSource;
  const { attempt, withdrawn, holdBegan } = await inTransaction(dataSource, (transaction) =>
    prepare(context, transaction, notificationId, workerId),
  );
  if (holdBegan) {
    const hours = context.mailHoldHours;
    logger.warn({ hours }, "email that no worker saw in time is held: see `changeover mail release --dry-run`");
  }
  if (withdrawn.length > 0) await wakeBehind(manager, withdrawn);
  if (attempt === null) return;
  const { mail, number, isLast } = attempt;
  try {
    await transport.send(mail);
  } catch (error) {
    const state = isLast || error instanceof MailRefusedError ? "FAILED" : "QUEUED";
    await recordAttempt(manager, notificationId, { state, sentAt: null, lastError: describe(error) });
    const code = failureCode(error);
    logger.warn({ notificationId, attempt: number, state, code }, "a notification could not be sent");
    // Without the mail server's words, which may name the recipient: the job's error goes to the log.
    if (state === "QUEUED") throw new Error(`Notification ${notificationId} could not be sent for now: ${code}`);
    return await wakeBehind(manager, [notificationId]);
  }
  await recordAttempt(manager, notificationId, { state: "SENT", sentAt: context.clock.instant, lastError: null });
  await wakeBehind(manager, [notificationId]);
}

async function prepare(
  context: ServiceContext,
  manager: EntityManager,
  id: string,
  workerId: string | null,
): Promise<Prepared> {
  const nothing: Prepared = { attempt: null, withdrawn: [], holdBegan: false };
  const line = await lockLine(manager, id, context.mailHoldHours);
  const mine = line.at(-1);
  if (mine?.id !== id) return nothing;
  const now = context.clock.now();
  let recordsOf = await readRecordsOf(manager, line);
  let readAfter = 0;
  const withdrawn: string[] = [];
  const waitedFor = new Set<string>();
  let records: readonly MailedRecordRow[] = [];
  for (const each of line) {
    for (const record of records) waitedFor.add(record.id);
    // Later messages may rest on one that was withdrawn just now.
    if (withdrawn.length > readAfter) [recordsOf, readAfter] = [await readRecordsOf(manager, line), withdrawn.length];
    const present = (recordsOf.get(each.id) ?? []).map((row) => presentRow(row, context, now));
    records = each.isInFlight ? present : await withdrawOvertaken(manager, each, present, withdrawn);
  }
  if (records.length === 0 || mine.heldAt !== null) return { ...nothing, withdrawn };
  if (mine.isLate) return { ...nothing, withdrawn, holdBegan: await hold(manager, id) };
  if (!mine.hasWaited && records.some((record) => waitedFor.has(record.id))) {
    await wait(manager, id);
    return { ...nothing, withdrawn };
  }
  const mail = await toMail(manager, mine, records, now);
  const isLast = await claim(manager, id, workerId);
  return { ...nothing, withdrawn, attempt: { mail, number: mine.attempts + 1, isLast } };
}

/** Reads the records of notifications, by notification. */
async function readRecordsOf(manager: EntityManager, line: readonly QueuedNotification[]) {
  const ids = line.map(({ id }) => id);
  return groupBy(await readMailedRecords(manager, ids), ({ notificationId }) => notificationId);
}

/** A record with what has fallen due folded in, although the sweep that writes it may come later. */
function presentRow(row: MailedRecordRow, { policy }: ServiceContext, now: Date): MailedRecordRow {
  return settle(row, { now, policy, standing: row }).reduce(evolve<MailedRecordRow>, row);
}

/**
 * Takes out of a notification the records for which it is not sent any more, and adds the SUPPRESSED ones to
 * `withdrawn`. Returns the records that are left.
 */
async function withdrawOvertaken(
  manager: EntityManager,
  notification: QueuedNotification,
  rows: readonly MailedRecordRow[],
  withdrawn: string[],
): Promise<MailedRecordRow[]> {
  const { kind, recipient } = notification;
  const waiting = { kind, recipient, party: partyOf(notification) };
  const reasonOf = (row: MailedRecordRow) => withdrawalReason(waiting, { ...row, record: row } satisfies MailedRecord);
  const overtaken = groupBy(
    rows.flatMap((row) => {
      const because = reasonOf(row);
      return because === null ? [] : [{ row, because }];
    }),
    ({ because }) => because,
  );
  const left = rows.filter((row) => reasonOf(row) === null);
  const reasons = [...overtaken];
  for (const [index, [because, each]] of reasons.entries()) {
    const isRest = left.length === 0 && index === reasons.length - 1;
    const recordIds = isRest ? ("all" as const) : each.map(({ row }) => row.id);
    withdrawn.push(await withdraw(manager, notification, { recordIds, because }));
  }
  return left;
}

/** The row was written from a Reaction: see queueNotifications. */
function partyOf({ recipientParty }: QueuedNotification): Mail["party"] {
  return recipientParty as Mail["party"];
}

async function toMail(
  manager: EntityManager,
  notification: QueuedNotification,
  rows: readonly MailedRecordRow[],
  now: Date,
): Promise<Mail> {
  const { kind, recipient, messageId } = notification;
  const written = notification.content as MailContent;
  const byNumber = new Map(rows.map((row) => [row.accountNumber, row]));
  const others = isAboutAnEnd(kind)
    ? await readOthers(
        manager,
        notification,
        [...byNumber.values()].map(({ id }) => id),
        now,
      )
    : { othersExist: false, othersGoOn: false, othersAreUnanswered: false };
  const content: MailFacts = {
    ...written,
    ...others,
    accounts: written.accounts.flatMap((account) => {
      const row = byNumber.get(account.accountNumber);
      return row === undefined ? [] : [{ ...account, effectiveDate: presentEffectiveDate(row, now) }];
    }),
    today: utcDate(now),
    isInReview: rows.every(({ status }) => status === "ACCEPTED" || status === "PENDING_MICROSOFT_REVIEW"),
    isUnanswered: rows.some(({ status }) => status === "IN_PROGRESS"),
    isPartlyAnswered: new Set(rows.map(({ status }) => status === "IN_PROGRESS")).size > 1,
    isOverdue: rows.some((row) => isOverdue(row, now)),
  };
  return { kind, party: partyOf(notification), content, recipient, messageId };
}

/** Kinds whose text differs when other accounts of the request go on. */
function isAboutAnEnd(kind: Mail["kind"]): boolean {
  return kind === "CANCELED" || kind === "EXPIRED" || kind === "REFUSED";
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll("\u0000", "").toWellFormed().slice(0, maxErrorLength);
}
