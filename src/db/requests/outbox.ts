import { randomUUID } from "node:crypto";
import type { EntityManager } from "typeorm";
import type { CocpNotificationKind, CocpNotificationState, ContactVerification } from "../../domain/model";
import type { CocpRecord, Standing } from "../../domain/record";
import type { MailMoment } from "../../domain/mailContent";
import { hasEndedWithoutChange } from "../../domain/withdrawals";
import { CocpNotificationEntity } from "../../entities/cocpNotificationEntity";
import { CocpRecordEntity } from "../../entities/cocpRecordEntity";
import {
  foldedAddress,
  oldPartnerNotifications,
  presentVerification,
  signerIsAdmin,
} from "../directory/contactVerification";
import { addingSendJobs } from "./jobs";
import { columnsOf, select, sql, type Sql } from "../postgres/sql";
import { presentStatus, standingColumns } from "./records";
import { standingJoins } from "./recordRows";
import { advisoryLocks } from "../postgres/advisoryLocks";

/**
 * The notifications that wait to be sent. About one record and to one recipient they go out in the order in which
 * they were written (`position`):
 *
 *   QUEUED ──► claimed (sending_by) ──► SENT | FAILED | QUEUED again, tried after a pause
 *     │ ├──► waits for an earlier one (waits_until): its end, or the hour, brings the job back
 *     │ └──► held (held_at): first seen too late; `changeover mail release` brings the job back
 *     └──► SUPPRESSED: a later fact withdrew it
 *
 * All times here are the database's real clock, which a sandbox does not move.
 */

/** Hours that a notification waits for an earlier one at most, from when a worker first saw it. */
const longestWait = sql`interval '1 hour'`;
/** Time in which a notification that the mail server puts off is tried again, from the first attempt on. */
const retryPeriod = sql`interval '3 days'`;

/** A queued notification, with what its turn depends on. */
export type QueuedNotification = CocpNotificationEntity & {
  /** No worker saw it within the hours after which it is held. */
  readonly isLate: boolean;
  /** It has waited for earlier ones as long as it may. */
  readonly hasWaited: boolean;
  /** Another job is sending it at this moment. */
  readonly isInFlight: boolean;
};

const columns = columnsOf(CocpNotificationEntity, "n");
const recipientOf = (alias: Sql) => foldedAddress(sql`${alias}.recipient`);

/**
 * Locks a queued notification with those that go before it, oldest first: queued earlier, about one of its records,
 * to the same recipient. Empty when it is not queued any more.
 */
export async function lockLine(manager: EntityManager, id: string, holdHours: number): Promise<QueuedNotification[]> {
  const isAlive = sql`EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
      AND l.classid = ${advisoryLocks.worker}::integer::oid AND l.objid = hashtext(n.sending_by)::oid)`;
  const own = (column: Sql) => sql`(SELECT ${column} FROM cocp_notifications own WHERE own.id = ${id})`;
  return await select<QueuedNotification>(
    manager,
    sql`SELECT ${columns},
        coalesce(n.seen_at IS NULL AND clock_timestamp() - n.written_at >
          ${Number.isFinite(holdHours) ? holdHours : null}::float8 * interval '1 hour', false) AS "isLate",
        coalesce(clock_timestamp() - n.seen_at >= ${longestWait}, false) AS "hasWaited",
        n.id <> ${id} AND n.sending_by IS NOT NULL AND ${isAlive} AS "isInFlight"
      FROM cocp_notifications n
      WHERE n.id IN (SELECT other.notification_id FROM cocp_notification_records mine
          JOIN cocp_notification_records other ON other.record_id = mine.record_id WHERE mine.notification_id = ${id})
        AND n.state = 'QUEUED' AND n.position <= ${own(sql`own.position`)}
        AND ${recipientOf(sql`n`)} = ${own(recipientOf(sql`own`))}
      ORDER BY n.position FOR UPDATE OF n`,
  );
}

/** A record that a queued notification is about, with today's facts: see domain/withdrawals.ts. */
export interface MailedRecordRow extends CocpRecord, Standing {
  readonly notificationId: string;
  readonly accountNumber: string;
  readonly verification: ContactVerification;
  readonly signerIsAdmin: boolean;
  readonly isRepeated: boolean;
  readonly oldPartnerWasNotified: boolean;
  readonly partnerOfRecordId: string;
}

/** The records that notifications are about. */
export async function readMailedRecords(
  manager: EntityManager,
  notificationIds: readonly string[],
): Promise<MailedRecordRow[]> {
  const isRepeated = sql`EXISTS (SELECT FROM cocp_notification_records again
    JOIN cocp_notifications later ON later.id = again.notification_id
    WHERE again.record_id = r.id AND later.position > mine.position AND later.kind = mine.kind
      AND later.state IN ('QUEUED', 'SENT') AND ${recipientOf(sql`later`)} = ${recipientOf(sql`mine`)})`;
  return await select<MailedRecordRow>(
    manager,
    sql`SELECT mine.id AS "notificationId", ${columnsOf(CocpRecordEntity, "r")}, ${standingColumns},
        a.account_number AS "accountNumber", a.partner_id AS "partnerOfRecordId", ${presentVerification} AS verification,
        ${signerIsAdmin} AS "signerIsAdmin", ${isRepeated} AS "isRepeated",
        EXISTS (${oldPartnerNotifications} AND n.position < mine.position) AS "oldPartnerWasNotified"
      FROM cocp_notifications mine JOIN cocp_notification_records nr ON nr.notification_id = mine.id
        JOIN cocp_records r ON r.id = nr.record_id ${standingJoins}
        JOIN cocp_signatures s ON s.request_id = r.request_id
      WHERE mine.id = ANY(${[...notificationIds]}::uuid[]) ORDER BY r.id`,
  );
}

/** How the other accounts of a request stand that concern the reader of an email about some of them. */
export async function readOthers(
  manager: EntityManager,
  { requestId, partnerId }: Pick<CocpNotificationEntity, "requestId" | "partnerId">,
  mailed: readonly string[],
  now: Date,
): Promise<Pick<MailMoment, "othersExist" | "othersGoOn" | "othersAreUnanswered">> {
  const concerns = partnerId === null ? signerIsAdmin : sql`r.new_partner_id = ${partnerId}`;
  const rows = await select<{ status: CocpRecord["status"] }>(
    manager,
    sql`SELECT ${presentStatus(now)} AS status FROM cocp_records r ${standingJoins}
      JOIN cocp_signatures s ON s.request_id = r.request_id
      WHERE r.request_id = ${requestId} AND r.id <> ALL(${[...mailed]}::uuid[]) AND ${concerns}`,
  );
  return {
    othersExist: rows.length > 0,
    othersGoOn: rows.some(({ status }) => !hasEndedWithoutChange(status)),
    othersAreUnanswered: rows.some(({ status }) => status === "IN_PROGRESS"),
  };
}

/**
 * Takes records out of a queued notification: they get a SUPPRESSED one of their own; or the whole notification is
 * SUPPRESSED when they are all that it is about. Returns the id of the one that is SUPPRESSED.
 */
export async function withdraw(
  manager: EntityManager,
  { id, messageId }: Pick<CocpNotificationEntity, "id" | "messageId">,
  { recordIds, because }: { readonly recordIds: readonly string[] | "all"; readonly because: string },
): Promise<string> {
  if (recordIds === "all") {
    await select(
      manager,
      sql`UPDATE cocp_notifications SET state = 'SUPPRESSED', suppressed_because = ${because}, held_at = NULL,
          waits_until = NULL, sending_by = NULL WHERE id = ${id}`,
    );
    return id;
  }
  const copyId = randomUUID();
  const copyMessageId = `<${copyId}${messageId.slice(messageId.indexOf("@"))}`;
  await select(
    manager,
    sql`WITH copied AS (
        INSERT INTO cocp_notifications (id, kind, request_id, recipient_party, partner_id, recipient, content, state,
          suppressed_because, attempts, last_error, message_id, created_at, written_at, resent)
        SELECT ${copyId}, kind, request_id, recipient_party, partner_id, recipient, content, 'SUPPRESSED',
          ${because}, attempts, last_error, ${copyMessageId}, created_at, written_at, resent
        FROM cocp_notifications WHERE id = ${id})
      UPDATE cocp_notification_records SET notification_id = ${copyId}
      WHERE notification_id = ${id} AND record_id = ANY(${[...recordIds]}::uuid[])`,
  );
  return copyId;
}

/** Notes that a worker has a notification in hand and sends it now. True when this attempt is the last one. */
export async function claim(manager: EntityManager, id: string, workerId: string | null): Promise<boolean> {
  const [row] = await select<{ isLast: boolean }>(
    manager,
    sql`WITH claimed AS (
        UPDATE cocp_notifications SET seen_at = coalesce(seen_at, clock_timestamp()), waits_until = NULL,
          first_attempt_at = coalesce(first_attempt_at, clock_timestamp()), sending_by = ${workerId}
        WHERE id = ${id} RETURNING first_attempt_at)
      SELECT clock_timestamp() - first_attempt_at >= ${retryPeriod} AS "isLast" FROM claimed`,
  );
  return row?.isLast ?? false;
}

/** Lets a notification wait for an earlier one, until its hour is over. */
export async function wait(manager: EntityManager, id: string): Promise<void> {
  const waiting = sql`UPDATE cocp_notifications SET seen_at = coalesce(seen_at, clock_timestamp()),
      waits_until = coalesce(seen_at, clock_timestamp()) + ${longestWait} WHERE id = ${id}
    RETURNING id, waits_until AS "runAt", position`;
  await select(manager, sql`WITH sent AS (${waiting}) ${addingSendJobs}`);
}

/** Keeps a notification for `release`. True when no other is held at present. */
export async function hold(manager: EntityManager, id: string): Promise<boolean> {
  await select(manager, sql`SELECT pg_advisory_xact_lock(${advisoryLocks.heldMail}::bigint)`);
  const [row] = await select<{ isFirst: boolean }>(
    manager,
    sql`WITH held AS (
        UPDATE cocp_notifications SET seen_at = clock_timestamp(), held_at = clock_timestamp() WHERE id = ${id} RETURNING id)
      SELECT NOT EXISTS (SELECT FROM cocp_notifications WHERE held_at IS NOT NULL) AS "isFirst" FROM held`,
  );
  return row?.isFirst ?? false;
}

/** A notification that is held. */
export interface HeldNotification {
  readonly id: string;
  readonly kind: CocpNotificationKind;
  readonly requestId: string;
  readonly recipient: string;
  readonly writtenAt: Date;
}

/** The held notifications in the order in which they were written. */
export async function readHeld(manager: EntityManager): Promise<HeldNotification[]> {
  return await select<HeldNotification>(
    manager,
    sql`SELECT ${columnsOf(CocpNotificationEntity, "n", ["id", "kind", "requestId", "recipient", "writtenAt"])}
      FROM cocp_notifications n WHERE n.held_at IS NOT NULL ORDER BY n.position`,
  );
}

/** Lets the held notifications go, in their order. Returns their number. */
export async function release(manager: EntityManager): Promise<number> {
  const held = inOrder(sql`n.held_at IS NOT NULL`);
  const released = sql`UPDATE cocp_notifications n SET held_at = NULL, seen_at = clock_timestamp()
    FROM ordered WHERE n.id = ordered.id RETURNING n.id, now() AS "runAt", n.position`;
  return (await select(manager, sql`WITH ordered AS (${held}), sent AS (${released}) ${addingSendJobs}`)).length;
}

export interface AttemptOutcome {
  readonly state: Extract<CocpNotificationState, "QUEUED" | "SENT" | "FAILED">;
  /** The service's clock as an expression, like the time at which it was written. */
  readonly sentAt: Sql | null;
  readonly lastError: string | null;
}

/**
 * Counts one more attempt of a queued notification, and what came of it. One that is no longer queued stays as it is.
 */
export async function recordAttempt(
  manager: EntityManager,
  id: string,
  { state, sentAt, lastError }: AttemptOutcome,
): Promise<void> {
  await select(
    manager,
    sql`UPDATE cocp_notifications SET state = ${state}, sent_at = ${sentAt ?? sql`NULL`}, last_error = ${lastError},
        attempts = attempts + 1, sending_by = NULL WHERE id = ${id} AND state = 'QUEUED'`,
  );
}

/** Brings back the jobs of notifications that wait for one of these, which are sent, failed or withdrawn. */
export async function wakeBehind(manager: EntityManager, ids: readonly string[]): Promise<void> {
  const behind = inOrder(sql`n.waits_until IS NOT NULL AND n.state = 'QUEUED' AND n.id IN (
    SELECT later.notification_id FROM cocp_notification_records own
      JOIN cocp_notification_records later ON later.record_id = own.record_id
      WHERE own.notification_id = ANY(${[...ids]}::uuid[]))`);
  const woken = sql`UPDATE cocp_notifications n SET waits_until = NULL
    FROM ordered WHERE n.id = ordered.id RETURNING n.id, now() AS "runAt", n.position`;
  await select(manager, sql`WITH ordered AS (${behind}), sent AS (${woken}) ${addingSendJobs}`);
}

/** Locks notifications in the order in which `lockLine` does, so that no two of them wait for each other. */
function inOrder(condition: Sql): Sql {
  return sql`SELECT n.id FROM cocp_notifications n WHERE ${condition} ORDER BY n.position FOR UPDATE`;
}
