import type { Actor, CocpCommand, CommandType } from "./commands";
import { cutText } from "./cutText";
import { addHours, utcDate } from "./dates";
import { CocpError } from "./errors";
import { addressKey } from "./keys";
import type { CocpPolicy } from "./policy";
import type { CocpRecord, RecordFacts, Standing } from "./record";
import { isBlank } from "./text";
import { transitions, type Transition } from "./transitions";

/** Throws NOT_ALLOWED when the actor may not send the command. */
export function verifyActorMay(type: CommandType, actor: Actor): void {
  const { by } = transitions[type];
  if (!actor.parties.has(by)) throw new CocpError("NOT_ALLOWED", notAllowedMessages[by]);
  if (by === "NEW_PARTNER" && !actor.canRespond) {
    throw new CocpError(
      "NOT_ALLOWED",
      "You may see this record but not answer for your organization. Ask a colleague who may accept and decline.",
    );
  }
}

const notAllowedMessages = {
  CUSTOMER: "Only an Enterprise Administrator of the billing account may do this.",
  NEW_PARTNER: "Only the new partner may answer.",
  OPERATIONS: "Only the operations service center may do this.",
  SYSTEM: "Only the service does this.",
} as const;

/** Whether the transition table lets the actor send the command, in the statuses that it names. */
export function mayCommand(type: CommandType, actor: Actor): boolean {
  const { by } = transitions[type];
  return actor.parties.has(by) && (by !== "NEW_PARTNER" || actor.canRespond);
}

/** Whether the same party has done this already. Then the command succeeds and changes nothing. */
export function isAlreadyDone(command: CocpCommand, record: CocpRecord): boolean {
  switch (command.type) {
    case "CANCEL":
    case "REFUSE":
      if (record.status === "CANCELED") return record.closedBy === transitions[command.type].by;
      break;
    case "AMEND_EFFECTIVE_DATE":
      return record.effectiveDate === command.effectiveDate && isAmendable(record, command.caseNumber);
    case "UPDATE_NOTIFICATION_CONTACT":
      return (
        record.status === "IN_PROGRESS" &&
        addressKey(record.contact) === addressKey(command.contact) &&
        record.contactVerification === command.verificationOf(record.newPartnerId)
      );
    case "ACCEPT":
    case "DECLINE":
    case "FINISH_CANCELLATION":
    case "EXPIRE":
    case "START_REVIEW":
    case "APPROVE":
    case "COMPLETE":
      break;
    default:
      command satisfies never;
  }
  const { doneIn }: Transition = transitions[command.type];
  return doneIn.includes(record.status);
}

/** Whether an amendment to the same date repeats one, or could be made. */
function isAmendable(record: CocpRecord, caseNumber: string): boolean {
  const { from }: Transition = transitions.AMEND_EFFECTIVE_DATE;
  return from.includes(record.status) || record.earlyCocpCaseNumber === caseNumber.trim();
}

/** Throws INVALID_STATUS with the status that does not admit the command, or DEADLINE_PASSED for a late answer. */
export function verifyStatusAdmits(type: CommandType, record: RecordFacts): void {
  const { from }: Transition = transitions[type];
  if (from.includes(record.status)) return;
  if (record.status === "EXPIRED" && (type === "ACCEPT" || type === "DECLINE")) {
    throw new CocpError(
      "DEADLINE_PASSED",
      `The record is EXPIRED since ${record.expiresAt.toISOString()}. The customer can send a new request.`,
    );
  }
  throw new CocpError(
    "INVALID_STATUS",
    `The record is ${record.status}; this is possible only while it is ${from.join(", ")}.`,
  );
}

/** Throws TOO_MANY_NOTIFICATIONS, with the next possible time, when an invitation was sent again within the hour. */
export function verifyMayResend(
  contact: string,
  lastResentAt: Date | undefined,
  now: Date,
  { resendHours }: CocpPolicy,
): void {
  if (lastResentAt === undefined) return;
  const from = addHours(lastResentAt, resendHours);
  if (from <= now) return;
  throw new CocpError(
    "TOO_MANY_NOTIFICATIONS",
    `The invitation was sent to ${cutText(contact)} again at ${lastResentAt.toISOString()}. Try again from ${from.toISOString()} on.`,
    ["requestId"],
  );
}

/** Throws NOT_ALLOWED with the cause when the agreement or the new partner prevents the change. */
export function verifyStanding(standing: Standing, now: Date): void {
  const cause = standingProblem(standing, now);
  if (cause !== null) throw new CocpError("NOT_ALLOWED", cause);
}

/** The reason why a due record must wait (docs/domain.md, "Deadlines"); null when nothing prevents the change. */
export function standingProblem(standing: Standing, now: Date): string | null {
  if (standing.agreementStatus !== "ACTIVE") {
    return `The agreement is ${standing.agreementStatus}. Refuse the record, or wait until the agreement is ACTIVE again.`;
  }
  if (standing.agreementEndDate < utcDate(now)) {
    return `The agreement ended on ${standing.agreementEndDate}. Refuse the record, or wait until the agreement is renewed.`;
  }
  if (!standing.newPartnerAllowed) {
    return "The new partner is not allowed to do business. Refuse the record, or wait until the partner is allowed again.";
  }
  return null;
}

/** Throws NOTE_REQUIRED: a refusal gives its reason. */
export function verifyNoteGiven(note: string | null): asserts note is string {
  if (note === null || isBlank(note)) {
    throw new CocpError("NOTE_REQUIRED", "Give the reason in the note. The customer and the new partner receive it.", [
      "note",
    ]);
  }
}

/** Characters in the number of an Early COCP case. */
const maxCaseNumberLength = 100;

/**
 * Checks the date and the case number of an Early COCP case. Today's date completes an approved record at once: throws
 * NOT_ALLOWED with the cause when it could not complete.
 */
export function verifyAmendment(
  command: Extract<CocpCommand, { type: "AMEND_EFFECTIVE_DATE" }>,
  record: Pick<RecordFacts, "status">,
  standing: Standing,
  now: Date,
): void {
  if (isBlank(command.caseNumber)) {
    throw new CocpError("CASE_NUMBER_REQUIRED", "Give the number of the Early COCP case.", ["caseNumber"]);
  }
  if (Array.from(command.caseNumber.trim()).length > maxCaseNumberLength) {
    throw new CocpError("TEXT_TOO_LONG", `A case number has at most ${maxCaseNumberLength} characters.`, [
      "caseNumber",
    ]);
  }
  const today = utcDate(now);
  if (command.effectiveDate < today) {
    throw new CocpError("DATE_IN_THE_PAST", `A change is never backdated. Give ${today} (UTC) or a later day.`, [
      "effectiveDate",
    ]);
  }
  if (command.effectiveDate > standing.agreementEndDate) {
    throw new CocpError(
      "DATE_AFTER_AGREEMENT_END",
      `The agreement ends on ${standing.agreementEndDate}. Give that day or an earlier one.`,
      ["effectiveDate"],
    );
  }
  if (command.effectiveDate === today && record.status === "IN_GRACE_PERIOD") verifyStanding(standing, now);
}
