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

/** What a decision rests on besides the record itself. */
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

/** What has fallen due on a record, as events; empty when nothing has. */
export function settle(record: RecordFacts, context: SettlingContext): CocpEvent[] {
  const due = dueCommand(record, context.standing, context.now, context.freedAt);
  if (due === null) return [];
  const event = fallenDue(due.command, record, { ...context, now: due.at, actor: systemActor });
  return [event, ...settle(evolve(record, event), context)];
}

/**
 * What a command does to a record: its events, none when the same side has already done it. The record must be settled.
 * Throws CocpError, the first that applies: NOT_ALLOWED (not the actor's to do), DEADLINE_PASSED, INVALID_STATUS, NOT_ALLOWED
 * (the agreement or the partner stands in the way), NOTE_REQUIRED, CASE_NUMBER_REQUIRED, TEXT_TOO_LONG,
 * DATE_IN_THE_PAST, DATE_AFTER_AGREEMENT_END.
 */
export function decide(command: CocpCommand, record: CocpRecord, context: DecisionContext): CocpEvent[] {
  verifyActorMay(command.type, context.actor);
  if (isAlreadyDone(command, record)) return [];
  verifyStatusAdmits(command.type, record);
  const { now, standing, policy } = context;
  const happened = happening(command, record, context);
  switch (command.type) {
    case "ACCEPT": {
      const reviewDueAt = addHours(now, policy.reviewHours).toISOString();
      return [happened("ACCEPTED", { note: command.note, reviewDueAt })];
    }
    case "DECLINE":
      return [happened("DECLINED", { note: command.note })];
    case "CANCEL":
      return [happened("CANCELLATION_REQUESTED", { note: command.note })];
    case "FINISH_CANCELLATION":
      return [happened("CANCELED", {})];
    case "EXPIRE":
    case "COMPLETE":
      return [fallenDue(command, record, context)];
    case "START_REVIEW":
      return [happened("REVIEW_STARTED", { note: command.note })];
    case "APPROVE":
      verifyStanding(standing, now);
      return [happened("APPROVED", { note: command.note })];
    case "REFUSE":
      verifyNoteGiven(command.note);
      return [happened("REFUSED", { note: command.note })];
    case "AMEND_EFFECTIVE_DATE": {
      verifyAmendment(command, record, standing, now);
      const facts = { caseNumber: command.caseNumber.trim(), previousDate: presentEffectiveDate(record, now) };
      return [happened("EFFECTIVE_DATE_AMENDED", facts, command.effectiveDate)];
    }
    case "UPDATE_NOTIFICATION_CONTACT": {
      const contactVerification = command.verificationOf(record.newPartnerId);
      return [happened("NOTIFICATION_CONTACT_UPDATED", { contact: command.contact, contactVerification })];
    }
    default:
      return command satisfies never;
  }
}

/** The event of what time asks of a record. */
function fallenDue(command: DueCommand["command"], record: RecordFacts, context: DecisionContext): CocpEvent {
  const happened = happening(command, record, context);
  if (command.type === "EXPIRE") return happened("EXPIRED", {});
  verifyStanding(context.standing, context.now);
  return happened("COMPLETED", {}, latestDate(record.effectiveDate, utcDate(context.now)));
}

/** Makes the events of one command on one record: who, when, and from which status to which. */
function happening(command: CocpCommand, record: RecordFacts, { now, actor }: DecisionContext) {
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
