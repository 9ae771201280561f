import type { LocalDate } from "./dates";

/** A change of an account that is approved or completed. */
export interface PartnerSuccession {
  readonly oldPartnerId: string;
  readonly newPartnerId: string;
  readonly effectiveDate: LocalDate;
}

/**
 * The partner that may place orders on a day (reference: "Beginning on this date, the new partner can place orders on the
 * agreement"): the one that the last change up to that day brought, or that the first change after it takes over from.
 * `changes` are in the order of their effective dates.
 */
export function orderingPartner(
  partnerOfRecordId: string,
  changes: readonly PartnerSuccession[],
  day: LocalDate,
): string {
  const last = changes.findLast(({ effectiveDate }) => effectiveDate <= day);
  const next = changes.find(({ effectiveDate }) => effectiveDate > day);
  return last?.newPartnerId ?? next?.oldPartnerId ?? partnerOfRecordId;
}
