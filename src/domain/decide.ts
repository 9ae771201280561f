import type { Actor, CocpCommand } from "./commands";
import { addHours, latestDate, utcDate } from "./dates";
import { dueCommand, presentEffectiveDate, type DueCommand } from "./deadlines";
import type { CocpEvent, EventFacts } from "./events";
import { evolve } from "./evolve";
import {
  isAlreadyDone,
  verifyActorMay,
  verifyAmendment,
  verifyNoteGiven,
  verifyStanding,
  verifyStatusAdmits,
} from "./guards";
import type { CocpEventType } from "./model";
import type { CocpPolicy } from "./policy";
import { systemActor } from "./commands";
import type { CocpRecord, RecordFacts, Standing } from "./record";
import { transitions } from "./transitions";

/** Facts that a decision rests on, in addition to the record. */
export interface DecisionContext {
  readonly now: Date;
  readonly actor: Actor;
  readonly policy: CocpPolicy;
  readonly standing: Standing;
}

export interface SettlingContext extends Omit<DecisionContext, "actor"> {
  /** See `dueCommand`. */
  readonly freedAt?: Date;
}

/** Returns the events of deadlines that have passed on a record. */
export function settle(record: RecordFacts, context: SettlingContext): CocpEvent[] {
  const due = dueCommand(record, context.standing, context.now, context.freedAt);
  if (due === null) return [];
  const passed = deadlineEvent(due.command, record, { ...context, now: due.at, actor: systemActor });
  return [passed, ...settle(evolve(record, passed), context)];
}

/**
 * Returns the events of a command on a settled record; none when the same party has done it already.
 *
 * Throws the first CocpError that applies: NOT_ALLOWED (the actor may not), DEADLINE_PASSED, INVALID_STATUS,
 * NOT_ALLOWED (the agreement or the partner prevents it), NOTE_REQUIRED, CASE_NUMBER_REQUIRED, TEXT_TOO_LONG,
 * DATE_IN_THE_PAST, DATE_AFTER_AGREEMENT_END.
 */
export function decide(command: CocpCommand, record: CocpRecord, context: DecisionContext): CocpEvent[] {
  verifyActorMay(command.type, context.actor);
  if (isAlreadyDone(command, record)) return [];
  verifyStatusAdmits(command.type, record);
  const { now, standing, policy } = context;
  const event = eventsOf(command, record, context);
  switch (command.type) {
    case "ACCEPT":
      return [event("ACCEPTED", { note: command.note, reviewDueAt: addHours(now, policy.reviewHours).toISOString() })];
    case "DECLINE":
      return [event("DECLINED", { note: command.note })];
    case "CANCEL":
      return [event("CANCELLATION_REQUESTED", { note: command.note })];
    case "FINISH_CANCELLATION":
      return [event("CANCELED", {})];
    case "EXPIRE":
    case "COMPLETE":
      return [deadlineEvent(command, record, context)];
    case "START_REVIEW":
      return [event("REVIEW_STARTED", { note: command.note })];
    case "APPROVE":
      verifyStanding(standing, now);
      return [event("APPROVED", { note: command.note })];
    case "REFUSE":
      verifyNoteGiven(command.note);
      return [event("REFUSED", { note: command.note })];
    case "AMEND_EFFECTIVE_DATE": {
      verifyAmendment(command, record, standing, now);
      const facts = { caseNumber: command.caseNumber.trim(), previousDate: presentEffectiveDate(record, now) };
      return [event("EFFECTIVE_DATE_AMENDED", facts, command.effectiveDate)];
    }
    case "UPDATE_NOTIFICATION_CONTACT": {
      const contactVerification = command.verificationOf(record.newPartnerId);
      return [event("NOTIFICATION_CONTACT_UPDATED", { contact: command.contact, contactVerification })];
    }
    default:
      return command satisfies never;
  }
}

/** The event of a deadline that has passed. */
function deadlineEvent(command: DueCommand["command"], record: RecordFacts, context: DecisionContext): CocpEvent {
  const event = eventsOf(command, record, context);
  if (command.type === "EXPIRE") return event("EXPIRED", {});
  verifyStanding(context.standing, context.now);
  return event("COMPLETED", {}, latestDate(record.effectiveDate, utcDate(context.now)));
}

/** Returns a function that makes the events of a command on a record. */
function eventsOf(command: CocpCommand, record: RecordFacts, { now, actor }: DecisionContext) {
  const { by, to } = transitions[command.type];
  return <Type extends CocpEventType>(
    type: Type,
    facts: EventFacts[Type],
    effectiveDate = presentEffectiveDate(record, now),
  ) =>
    ({
      type,
      occurredAt: now,
      actor: by,
      actorEmail: actor.email,
      previousStatus: record.status,
      status: to === "UNCHANGED" ? record.status : to,
      effectiveDate,
      facts,
    }) as CocpEvent;
}
