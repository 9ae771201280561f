import type { Actor, CommandType } from "./commands";
import { startOfDate } from "./dates";
import { fieldAccess, mayRead } from "./fieldAccess";
import { mayCommand, standingProblem } from "./guards";
import { CocpStatus, type CocpAction, type CocpWaitingOn } from "./model";
import type { CocpRecord, RecordFacts, Standing } from "./record";
import { transitions, type Transition } from "./transitions";

/** Statuses in which there is a form (reference: "only … after the partner accepts the request and if the request wasn't canceled"). */
const formStatuses: readonly CocpStatus[] = ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"];

/** Whether a settled record is on the form that somebody with these parts may have. */
export function hasForm(record: RecordFacts, parties: Actor["parties"]): boolean {
  return formStatuses.includes(record.status) && mayRead(fieldAccess.CocpRequest.form, parties);
}

/** Whose move it is. */
export function waitingOn(status: CocpStatus): CocpWaitingOn {
  switch (status) {
    case "IN_PROGRESS":
      return "NEW_PARTNER";
    case "ACCEPTED":
    case "PENDING_MICROSOFT_REVIEW":
      return "OPERATIONS";
    case "IN_GRACE_PERIOD":
      return "EFFECTIVE_DATE";
    case "DECLINED":
    case "CANCELLATION_IN_PROGRESS":
    case "CANCELED":
    case "EXPIRED":
    case "COMPLETED":
      return "NOBODY";
    default:
      return status satisfies never;
  }
}

/** The partner has not answered and respondBy has passed (reference: "accepts the request within 10 days"). */
export function isOverdue(record: Pick<CocpRecord, "status" | "respondBy">, now: Date): boolean {
  return record.status === "IN_PROGRESS" && record.respondBy <= now;
}

/** Returns why a settled record that is due for approval or completion waits, or null (domain: "operations sees why"). */
export function heldUpBecause(record: RecordFacts, standing: Standing, now: Date): string | null {
  const isDue =
    record.status === "PENDING_MICROSOFT_REVIEW" ||
    (record.status === "IN_GRACE_PERIOD" && startOfDate(record.effectiveDate) <= now);
  return isDue ? standingProblem(standing, now) : null;
}

/** The command that an action sends, by which the table says whether it is possible; DOWNLOAD_FORM changes nothing. */
const commandOf: Readonly<Record<Exclude<CocpAction, "DOWNLOAD_FORM">, CommandType>> = {
  ACCEPT: "ACCEPT",
  DECLINE: "DECLINE",
  CANCEL: "CANCEL",
  UPDATE_NOTIFICATION_CONTACT: "UPDATE_NOTIFICATION_CONTACT",
  RESEND_NOTIFICATION: "UPDATE_NOTIFICATION_CONTACT",
  START_REVIEW: "START_REVIEW",
  APPROVE: "APPROVE",
  REFUSE: "REFUSE",
  AMEND_EFFECTIVE_DATE: "AMEND_EFFECTIVE_DATE",
};

const commands = Object.entries(commandOf) as [keyof typeof commandOf, CommandType][];

/** Those that the table has in a status, whoever asks. */
const commandsIn = new Map(
  Object.values(CocpStatus).map((status) => {
    const isFrom = ({ from }: Transition) => from.includes(status);
    return [status, commands.filter(([, command]) => isFrom(transitions[command]))];
  }),
);

/** What the actor may do to a settled record now. */
export function availableActions(record: RecordFacts, actor: Actor, standing: Standing, now: Date): CocpAction[] {
  const actions: CocpAction[] = [];
  for (const [action, command] of commandsIn.get(record.status) ?? []) {
    if (!mayCommand(command, actor)) continue;
    if (action !== "APPROVE" || standingProblem(standing, now) === null) actions.push(action);
  }
  if (hasForm(record, actor.parties)) actions.push("DOWNLOAD_FORM");
  return actions;
}
