import { addressKey } from "./keys";
import type { CocpNotificationKind, CocpStatus, ContactVerification } from "./model";
import { isNotified } from "./partnerChecks";
import type { CocpRecord } from "./record";
import type { Notice } from "./transitions";

/** Why a notification is not sent to a contact that is not a user of the new partner's organization. */
export const unverifiedContact =
  "The address is not known as a user of the new partner's organization; for privacy nothing is sent to it.";
/** Why a notification is not sent to a person who signed and has lost the role since. */
export const signerWithoutRole = "The person who signed is no longer Enterprise Administrator of the billing account.";

/** A record that a waiting email names, as it stands when the email is to be sent. */
export interface MailedRecord {
  /** With its deadlines folded in. */
  readonly record: CocpRecord;
  /** Of the record's contact, by today's directory. */
  readonly verification: ContactVerification;
  readonly signerIsAdmin: boolean;
  /** A later email of the same kind about the record to the same recipient was sent or waits. */
  readonly isRepeated: boolean;
  /** An earlier notification to the old partner about the record was not suppressed. */
  readonly oldPartnerWasNotified: boolean;
}

/** A waiting email, as far as its right to be sent depends on it. */
export interface WaitingMail {
  readonly kind: CocpNotificationKind;
  readonly party: Notice["to"];
  readonly recipient: string;
}

/**
 * Why an email that waits is not sent for a record any more; null when all that it rests on still holds. Called by each
 * attempt: a later fact withdraws an email that would ask for what is over, or reach a person without the right to it.
 */
export function withdrawalReason(mail: WaitingMail, about: MailedRecord): string | null {
  return recipientProblem(mail, about) ?? overtakenBy(mail.kind, about);
}

function recipientProblem({ kind, party, recipient }: WaitingMail, about: MailedRecord): string | null {
  switch (party) {
    case "CUSTOMER":
      return about.signerIsAdmin ? null : signerWithoutRole;
    case "NEW_PARTNER":
      if (addressKey(recipient) !== addressKey(about.record.contact)) {
        return "The customer has named another partner notification contact since.";
      }
      return isNotified(about.verification) ? null : unverifiedContact;
    case "OLD_PARTNER":
      return restsOnEarlierNotification(kind) && !about.oldPartnerWasNotified
        ? "The old partner was not notified of the change."
        : null;
    default:
      return party satisfies never;
  }
}

/** Whether the old partner receives this kind only if it was notified of the change before. */
export function restsOnEarlierNotification(kind: CocpNotificationKind): boolean {
  return kind === "EFFECTIVE_DATE_AMENDED" || kind === "REFUSED";
}

const endedWithoutChange: readonly CocpStatus[] = ["DECLINED", "EXPIRED", "CANCELLATION_IN_PROGRESS", "CANCELED"];

/** Whether a record can no longer become, and is not, a completed change. */
export function hasEndedWithoutChange(status: CocpStatus): boolean {
  return endedWithoutChange.includes(status);
}

function overtakenBy(kind: CocpNotificationKind, { record, isRepeated }: MailedRecord): string | null {
  const isOver = `The record was ${record.status} before the email was sent.`;
  const repeated = isRepeated ? "A later email of the same kind replaces it." : null;
  switch (kind) {
    case "INVITATION":
    case "REMINDER":
      return record.status === "IN_PROGRESS" ? repeated : isOver;
    case "ACCEPTED":
    case "APPROVED":
      return hasEndedWithoutChange(record.status) ? isOver : null;
    case "EFFECTIVE_DATE_AMENDED":
      return hasEndedWithoutChange(record.status) ? isOver : repeated;
    case "DECLINED":
    case "CANCELED":
    case "EXPIRED":
    case "REFUSED":
    case "COMPLETED":
      return null;
    default:
      return kind satisfies never;
  }
}
