import type { CocpEvent } from "./events";
import { addressKey } from "./keys";
import type { CocpNotificationKind, CocpParty } from "./model";
import { isNotified } from "./partnerChecks";
import type { CocpRecord } from "./record";
import { transitionOf, type Notice } from "./transitions";

/** An event with the record as it left it. */
export interface RecordChange {
  readonly record: CocpRecord;
  readonly event: CocpEvent;
}

/** Addresses that are not on the record. */
export interface Addresses {
  /** Who signed the request. */
  readonly signedBy: string;
  /** The old partner's notification address, when it has one. */
  readonly oldPartner: string | null;
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
  /** What was said on declining or refusing. */
  readonly note: string | null;
  /** Why it is not sent; null: it is. */
  readonly suppressedBecause: string | null;
}

/** Finds the addresses around a record. */
export type AddressBook = (record: CocpRecord) => Addresses;

/**
 * Who is told of what happened (domain: "Notifications"): one notification a kind, request, party, partner and address,
 * naming all the records that it is about; what is sent and what is suppressed stay apart. The contact whose address is
 * UNVERIFIED is never mailed, for privacy; the old partner only when it has an address, and of an amended date only when
 * it was told of the change before.
 */
export function reactionsTo(changes: readonly RecordChange[], addressesOf: AddressBook): Reaction[] {
  return grouped(
    changes.flatMap(({ record, event }) =>
      transitionOf(event.type).notices.flatMap((notice) => tell(notice, record, addressesOf(record), noteOf(event))),
    ),
  );
}

/** What the partner notification contacts of unanswered records are sent besides: a reminder, or the invitation again. */
export function contactNotices(
  kind: "REMINDER" | "INVITATION",
  records: readonly CocpRecord[],
  addressesOf: AddressBook,
): Reaction[] {
  return grouped(records.flatMap((record) => tell({ kind, to: "NEW_PARTNER" }, record, addressesOf(record), null)));
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

function tell({ kind, to }: Notice, record: CocpRecord, addresses: Addresses, note: string | null): Reaction[] {
  const reaction = { kind, party: to, requestId: record.requestId, records: [record], suppressedBecause: null, note };
  switch (to) {
    case "CUSTOMER":
      return [{ ...reaction, recipient: addresses.signedBy, partnerId: null }];
    case "NEW_PARTNER": {
      const suppressedBecause = isNotified(record.contactVerification) ? null : unverified;
      return [{ ...reaction, recipient: record.contact, partnerId: record.newPartnerId, suppressedBecause }];
    }
    case "OLD_PARTNER":
      if (addresses.oldPartner === null || record.approvedAt === null) return [];
      return [{ ...reaction, recipient: addresses.oldPartner, partnerId: record.oldPartnerId, note: null }];
    default:
      return to satisfies never;
  }
}

function noteOf(event: CocpEvent): string | null {
  return event.type === "DECLINED" || event.type === "REFUSED" ? event.facts.note : null;
}

const unverified =
  "The address is not known as a user of the new partner's organization; for privacy nothing is sent to it.";
