import type { CocpCommand } from "./commands";
import { latest, latestDate, startOfDate, utcDate, type LocalDate } from "./dates";
import { standingProblem } from "./guards";
import { statusesBeforeApproval } from "./model";
import type { RecordFacts, Standing } from "./record";

/** A command that a deadline causes, and the instant of the deadline. */
export interface DueCommand {
  readonly command: Extract<CocpCommand, { type: "EXPIRE" | "COMPLETE" }>;
  readonly at: Date;
}

/**
 * Returns the command that is due on a record, or null (docs/domain.md, "Deadlines"). An unanswered record expires at
 * `expiresAt`. A record in its grace period completes at 00:00 UTC of the effective date, unless the agreement or the
 * new partner prevents it. Periods are half open. `freedAt` is the instant at which an import removed what prevented
 * the completion: no completion is dated before it.
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

/** The effective date at an instant. A change that is not approved yet takes effect today at the earliest. */
export function presentEffectiveDate(
  { status, effectiveDate }: Pick<RecordFacts, "status" | "effectiveDate">,
  now: Date,
): LocalDate {
  return statusesBeforeApproval.some((before) => before === status)
    ? latestDate(effectiveDate, utcDate(now))
    : effectiveDate;
}
