import { readNotification, recordAttempt, type QueuedNotification } from "../db/notifications";
import { addDays } from "../domain/dates";
import type { MailContent } from "../domain/mailContent";
import { failureCode, MailRefusedError, type Mail, type MailTransport } from "../mail/mailTransport";
import type { ServiceContext } from "./serviceContext";

export type { MailTransport };

/** Days after which a notification that the mail server keeps putting off is given up on (domain: "Notifications"). */
const giveUpAfterDays = 3;
/** Characters of the mail server's answer that are kept. */
const maxErrorLength = 500;

/**
 * Sends a queued notification, outside of any transaction, and writes down what came of it; one that is no longer queued
 * is left alone. Refused for good, or put off for three days: FAILED. Put off for now: it stays QUEUED, and this throws,
 * so that its job is tried again after a pause. It may be sent twice when the process dies in between: as the same Message-ID.
 */
export async function sendNotification(
  { dataSource, clock, logger }: ServiceContext,
  mail: MailTransport,
  notificationId: string,
): Promise<void> {
  const { manager } = dataSource;
  const notification = await readNotification(manager, notificationId);
  if (notification === null || notification.state !== "QUEUED") return;
  try {
    await mail.send(toMail(notification));
  } catch (error) {
    const now = clock.now();
    const isOver = error instanceof MailRefusedError || addDays(notification.createdAt, giveUpAfterDays) <= now;
    const state = isOver ? "FAILED" : "QUEUED";
    await recordAttempt(manager, notificationId, { state, sentAt: null, lastError: describe(error) });
    const code = failureCode(error);
    logger.warn(
      { notificationId, attempt: notification.attempts + 1, state, code },
      "a notification could not be sent",
    );
    // Without the mail server's words, which may name the recipient: the job's error goes to the log.
    if (state === "QUEUED") throw new Error(`Notification ${notificationId} could not be sent for now: ${code}`);
    return;
  }
  await recordAttempt(manager, notificationId, { state: "SENT", sentAt: clock.now(), lastError: null });
}

function toMail({ kind, recipientParty, content, recipient, messageId }: QueuedNotification): Mail {
  // The row was written from a Reaction: see queueNotifications.
  return { kind, party: recipientParty as Mail["party"], content: content as MailContent, recipient, messageId };
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll("\u0000", "").toWellFormed().slice(0, maxErrorLength);
}
