import type { Actor, CommandType } from "./commands";
import { startOfDate } from "./dates";
import { fieldAccess, mayRead } from "./fieldAccess";
import { mayCommand, standingProblem } from "./guards";
import { CocpStatus, type CocpAction, type CocpWaitingOn } from "./model";
import type { CocpRecord, RecordFacts, Standing } from "./record";
import { transitions, type Transition } from "./transitions";

/** Statuses in which there is a form (docs/domain.md, "The form"). */
const formStatuses: readonly CocpStatus[] = ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"];

/** Whether a settled record is on the form that these parties may download. */
export function hasForm(record: RecordFacts, parties: Actor["parties"]): boolean {
  return formStatuses.includes(record.status) && mayRead(fieldAccess.CocpRequest.form, parties);
}

/** The party, or the date, that the record waits for. */
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

/** Whether the partner has not answered although respondBy has passed (docs/domain.md, "Deadlines"). */
export function isOverdue(record: Pick<CocpRecord, "status" | "respondBy">, now: Date): boolean {
  return record.status === "IN_PROGRESS" && record.respondBy <= now;
}

/** Returns the reason why a due record cannot be approved or completed, or null (docs/domain.md, "Deadlines"). */
export function heldUpBecause(record: RecordFacts, standing: Standing, now: Date): string | null {
  const isDue =
    record.status === "PENDING_MICROSOFT_REVIEW" ||
    (record.status === "IN_GRACE_PERIOD" && startOfDate(record.effectiveDate) <= now);
  return isDue ? standingProblem(standing, now) : null;
}

/** The command of each action. The transition table says where it is possible. DOWNLOAD_FORM changes nothing. */
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

/** The commands that the table allows in each status, to any party. */
const commandsIn = new Map(
  Object.values(CocpStatus).map((status) => {
    const isFrom = ({ from }: Transition) => from.includes(status);
    return [status, commands.filter(([, command]) => isFrom(transitions[command]))];
  }),
);

/** Returns the actions that the actor may take on a settled record now. */
export function availableActions(record: RecordFacts, actor: Actor, standing: Standing, now: Date): CocpAction[] {
  const actions: CocpAction[] = [];
  for (const [action, command] of commandsIn.get(record.status) ?? []) {
    if (!mayCommand(command, actor)) continue;
    if (action !== "APPROVE" || standingProblem(standing, now) === null) actions.push(action);
  }
  if (hasForm(record, actor.parties)) actions.push("DOWNLOAD_FORM");
  return actions;
}
