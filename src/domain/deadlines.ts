import type { CocpCommand } from "./commands";
import { latest, latestDate, startOfDate, utcDate, type LocalDate } from "./dates";
import { standingProblem } from "./guards";
import { statusesBeforeApproval } from "./model";
import type { RecordFacts, Standing } from "./record";

/** A command that time gives, and the instant from which it holds. */
export interface DueCommand {
  readonly command: Extract<CocpCommand, { type: "EXPIRE" | "COMPLETE" }>;
  readonly at: Date;
}

/**
 * What time asks of a record: an unanswered one is EXPIRED from expiresAt on (reference: "didn't accept … within 30 days"),
 * one in its grace period COMPLETED from 00:00 UTC of the effective date on, unless the agreement or the new partner stands
 * in the way. Periods are half open. Null when nothing is due. `freedAt`: the instant at which a change of the directory
 * takes away what stood in the way; a completion is never dated before it.
 */
export function dueCommand(
  record: RecordFacts,
  standing: Standing,
  now: Date,
  freedAt: Date | null = null,
): DueCommand | null {
  if (record.status === "IN_PROGRESS" && record.expiresAt <= now) {
    return { command: { type: "EXPIRE" }, at: record.expiresAt };
  }
  if (record.status !== "IN_GRACE_PERIOD") return null;
  const from = startOfDate(record.effectiveDate);
  const at = latest(latest(from, record.updatedAt), freedAt ?? from);
  return from <= now && standingProblem(standing, at) === null ? { command: { type: "COMPLETE" }, at } : null;
}

/** The effective date of a record at an instant: a change that nobody has approved yet can happen today at the earliest. */
export function presentEffectiveDate(
  { status, effectiveDate }: Pick<RecordFacts, "status" | "effectiveDate">,
  now: Date,
): LocalDate {
  return statusesBeforeApproval.some((before) => before === status)
    ? latestDate(effectiveDate, utcDate(now))
    : effectiveDate;
}
