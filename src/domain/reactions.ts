import type { CocpEvent } from "./events";
import { addressKey } from "./keys";
import type { CocpNotificationKind, CocpParty, ContactVerification } from "./model";
import { isNotified } from "./partnerChecks";
import type { CocpRecord } from "./record";
import { transitionOf, type Notice } from "./transitions";
import { restsOnEarlierNotification, signerWithoutRole, unverifiedContact } from "./withdrawals";

/** An event with the record as it left it. */
export interface RecordChange {
  readonly record: CocpRecord;
  readonly event: CocpEvent;
}

/** Facts around a record that decide to whom a notification goes, and whether it is sent. */
export interface Recipients {
  /** The person who signed the request. */
  readonly signedBy: string;
  /** That person is still Enterprise Administrator of the record's account. */
  readonly signerIsAdmin: boolean;
  /** Of the record's contact, by today's directory. */
  readonly verification: ContactVerification;
  /** The old partner's notification address, when it has one. */
  readonly oldPartner: string | null;
  /** A notification to the old partner about the record was written and not suppressed. */
  readonly oldPartnerWasNotified: boolean;
}

/** One notification to be written. */
export interface Reaction {
  readonly kind: CocpNotificationKind;
  readonly party: Extract<CocpParty, "CUSTOMER" | "NEW_PARTNER" | "OLD_PARTNER">;
  readonly recipient: string;
  readonly requestId: string;
  /** The partner that is addressed; null for the customer. */
  readonly partnerId: string | null;
  readonly records: readonly CocpRecord[];
  /** The note of a decline or a refusal. */
  readonly note: string | null;
  /** Why it is not sent; null: it is. */
  readonly suppressedBecause: string | null;
}

/** Finds the recipients around a record. */
export type RecipientBook = (record: CocpRecord) => Recipients;

/**
 * The notifications that events call for (domain: "Notifications"): one a kind, request, party, partner and address, naming
 * all its records; those that are sent and those that are suppressed stay apart. A contact that is UNVERIFIED today is never
 * mailed, for privacy, nor is a signer who lost the role. The old partner is mailed when it has an address; of an amended
 * date or a refusal only when it was notified of the change before.
 */
export function reactionsTo(changes: readonly RecordChange[], recipientsOf: RecipientBook): Reaction[] {
  return grouped(
    changes.flatMap(({ record, event }) =>
      transitionOf(event.type).notices.flatMap((notice) => tell(notice, record, recipientsOf(record), noteOf(event))),
    ),
  );
}

/** A reminder, or the invitation again, to the partner notification contacts of unanswered records. */
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
