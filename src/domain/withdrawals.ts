import { addressKey } from "./keys";
import type { CocpNotificationKind, CocpStatus, ContactVerification } from "./model";
import { isNotified } from "./partnerChecks";
import type { CocpRecord } from "./record";
import type { Notice } from "./transitions";

/** The reason for not sending to a contact that is not a user of the new partner. */
export const unverifiedContact =
  "The address is not known as a user of the new partner's organization; for privacy nothing is sent to it.";
/** The reason for not sending to a signer who lost the role. */
export const signerWithoutRole = "The person who signed is no longer Enterprise Administrator of the billing account.";

/** A record that a queued email names, as it is at the attempt. */
export interface MailedRecord {
  /** Settled. */
  readonly record: CocpRecord;
  /** Verification of the record's contact, by today's directory. */
  readonly verification: ContactVerification;
  readonly signerIsAdmin: boolean;
  /** Whether a later email of the same kind, about the record and to the same recipient, was sent or is queued. */
  readonly isRepeated: boolean;
  /** Whether the old partner was notified of the record before. */
  readonly oldPartnerWasNotified: boolean;
  /** The account's partner of record today. */
  readonly partnerOfRecordId: string;
}

/** The facts of a queued email that decide whether it may be sent. */
export interface WaitingMail {
  readonly kind: CocpNotificationKind;
  readonly party: Notice["to"];
  readonly recipient: string;
}

/**
 * Returns the reason why a queued email must not be sent about a record, or null. Each attempt calls it: later facts
 * withdraw an email that is out of date, or whose recipient lost the right to it.
 */
export function withdrawalReason(mail: WaitingMail, about: MailedRecord): string | null {
  return recipientProblem(mail, about) ?? overtakenBy(mail.kind, about) ?? contradictedBy(mail, about);
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

/** Whether the old partner gets this kind only if it was notified of the change before. */
export function restsOnEarlierNotification(kind: CocpNotificationKind): boolean {
  return kind === "EFFECTIVE_DATE_AMENDED" || kind === "REFUSED";
}

const endedWithoutChange: readonly CocpStatus[] = ["DECLINED", "EXPIRED", "CANCELLATION_IN_PROGRESS", "CANCELED"];

/** Whether the record has ended without a change of partner. */
export function hasEndedWithoutChange(status: CocpStatus): boolean {
  return endedWithoutChange.includes(status);
}

/** The reason when today's partner of record is another than the email says, by an import or a later change. */
function contradictedBy({ kind, party }: WaitingMail, { record, partnerOfRecordId }: MailedRecord): string | null {
  const saysNew = kind === "COMPLETED" && party !== "OLD_PARTNER" && partnerOfRecordId !== record.newPartnerId;
  const saysNotOld = kind === "COMPLETED" && party === "OLD_PARTNER" && partnerOfRecordId === record.oldPartnerId;
  const saysOld = kind === "REFUSED" && party === "OLD_PARTNER" && partnerOfRecordId !== record.oldPartnerId;
  return saysNew || saysNotOld || saysOld ? "The partner of record has changed again before the email was sent." : null;
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
