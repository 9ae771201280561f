import { startOfDate, type LocalDate } from "./dates";
import { standingProblem } from "./guards";
import type { RecordFacts, Standing } from "./record";

/** A partner of record, from a day on. */
export interface PartnerFrom {
  readonly partnerId: string;
  /** A calendar date in UTC, or '-infinity'. */
  readonly fromDate: string;
}

/** The partners of record of an account, and its approved change. */
export interface PartnerHistory {
  /** Earliest first; the first one begins at '-infinity'. */
  readonly partners: readonly PartnerFrom[];
  /** The record in its grace period, or null. */
  readonly ahead: (Pick<RecordFacts, "newPartnerId" | "effectiveDate"> & Standing) | null;
}

/** The partner of record of a day up to today. */
export function partnerOfRecordOn(partners: readonly PartnerFrom[], day: LocalDate): string | null {
  const last = partners.findLast(({ fromDate }) => fromDate === "-infinity" || fromDate <= day);
  return last?.partnerId ?? null;
}

/**
 * Returns the partner that may place orders on a day (docs/domain.md, "The partner of record"). Up to today it is the
 * partner of record of that day. From the effective date of an approved change on it is the new partner, for a viewer
 * who sees the record, if nothing known today prevents the completion.
 */
export function orderingPartner(
  { partners, ahead }: PartnerHistory,
  { day, today, seesRecord }: { day: LocalDate; today: LocalDate; seesRecord: boolean },
): string | null {
  if (day > today && seesRecord && ahead !== null && ahead.effectiveDate <= day && willComplete(ahead)) {
    return ahead.newPartnerId;
  }
  return partnerOfRecordOn(partners, day);
}

function willComplete(ahead: NonNullable<PartnerHistory["ahead"]>): boolean {
  return standingProblem(ahead, startOfDate(ahead.effectiveDate)) === null;
}
