import type { CocpEvent } from "./events";
import { addressKey } from "./keys";
import type { CocpNotificationKind, CocpParty, ContactVerification } from "./model";
import { isNotified } from "./partnerChecks";
import type { CocpRecord } from "./record";
import { transitionOf, type Notice } from "./transitions";
import { restsOnEarlierNotification, signerWithoutRole, unverifiedContact } from "./withdrawals";

/** An event, and the record after it. */
export interface RecordChange {
  readonly record: CocpRecord;
  readonly event: CocpEvent;
}

/** Facts that decide who receives a notification about a record, and whether it is sent. */
export interface Recipients {
  /** The signer's email address. */
  readonly signedBy: string;
  /** Whether the signer is still Enterprise Administrator of the record's account. */
  readonly signerIsAdmin: boolean;
  /** Verification of the record's contact, by today's directory. */
  readonly verification: ContactVerification;
  /** The old partner's notification address, when it has one. */
  readonly oldPartner: string | null;
  /** Whether the old partner was notified of the record before. */
  readonly oldPartnerWasNotified: boolean;
}

/** A notification to write. */
export interface Reaction {
  readonly kind: CocpNotificationKind;
  readonly party: Extract<CocpParty, "CUSTOMER" | "NEW_PARTNER" | "OLD_PARTNER">;
  readonly recipient: string;
  readonly requestId: string;
  /** The addressed partner; null for the customer. */
  readonly partnerId: string | null;
  readonly records: readonly CocpRecord[];
  /** The note of a decline or a refusal. */
  readonly note: string | null;
  /** The reason why it is not sent, or null. */
  readonly suppressedBecause: string | null;
}

/** Finds the recipients around a record. */
export type RecipientBook = (record: CocpRecord) => Recipients;

/**
 * Returns the notifications of events (docs/domain.md, "Email"): one for each kind, request, party, partner and
 * address, with all its records. Sent and suppressed ones stay apart. A contact that is UNVERIFIED today gets no
 * email, nor does a signer who lost the role. The old partner gets email when it has an address; about an amended
 * date or a refusal, only if it was notified of the change before.
 */
export function reactionsTo(changes: readonly RecordChange[], recipientsOf: RecipientBook): Reaction[] {
  return grouped(
    changes.flatMap(({ record, event }) =>
      transitionOf(event.type).notices.flatMap((notice) => tell(notice, record, recipientsOf(record), noteOf(event))),
    ),
  );
}

/** Returns reminders, or the invitations once more, to the contacts of unanswered records. */
export function contactNotices(
  kind: "REMINDER" | "INVITATION",
  records: readonly CocpRecord[],
  recipientsOf: RecipientBook,
): Reaction[] {
  return grouped(records.flatMap((record) => tell({ kind, to: "NEW_PARTNER" }, record, recipientsOf(record), null)));
}

function grouped(reactions: readonly Reaction[]): Reaction[] {
  const groups = new Map<string, Reaction>();
  for (const { records, ...reaction } of reactions) {
    const key = JSON.stringify({ ...reaction, recipient: addressKey(reaction.recipient) });
    const same = groups.get(key);
    groups.set(key, { ...reaction, ...same, records: [...(same?.records ?? []), ...records] });
  }
  return [...groups.values()];
}

function tell({ kind, to }: Notice, record: CocpRecord, recipients: Recipients, note: string | null): Reaction[] {
  const reaction = { kind, party: to, requestId: record.requestId, records: [record], suppressedBecause: null, note };
  switch (to) {
    case "CUSTOMER":
      return [
        {
          ...reaction,
          recipient: recipients.signedBy,
          partnerId: null,
          suppressedBecause: recipients.signerIsAdmin ? null : signerWithoutRole,
        },
      ];
    case "NEW_PARTNER": {
      const suppressedBecause = isNotified(recipients.verification) ? null : unverifiedContact;
      return [{ ...reaction, recipient: record.contact, partnerId: record.newPartnerId, suppressedBecause }];
    }
    case "OLD_PARTNER":
      if (recipients.oldPartner === null) return [];
      if (restsOnEarlierNotification(kind) && !recipients.oldPartnerWasNotified) return [];
      return [{ ...reaction, recipient: recipients.oldPartner, partnerId: record.oldPartnerId, note: null }];
    default:
      return to satisfies never;
  }
}

function noteOf(event: CocpEvent): string | null {
  return event.type === "DECLINED" || event.type === "REFUSED" ? event.facts.note : null;
}
