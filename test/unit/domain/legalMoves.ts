import type { CommandType } from "../../../src/domain/commands";
import type { CocpEventType, CocpParty, CocpStatus } from "../../../src/domain/model";

/**
 * The rules once more, by hand, from the design's drawing and table, so that a slip in the transition table is found.
 * A command that is neither here nor in `repetitions` is refused.
 */
export const senders: Readonly<Record<CommandType, CocpParty>> = {
  ACCEPT: "NEW_PARTNER",
  DECLINE: "NEW_PARTNER",
  CANCEL: "CUSTOMER",
  UPDATE_NOTIFICATION_CONTACT: "CUSTOMER",
  START_REVIEW: "OPERATIONS",
  APPROVE: "OPERATIONS",
  REFUSE: "OPERATIONS",
  AMEND_EFFECTIVE_DATE: "OPERATIONS",
  FINISH_CANCELLATION: "SYSTEM",
  EXPIRE: "SYSTEM",
  COMPLETE: "SYSTEM",
};

/** From, command, event, to. */
export const legalMoves: readonly (readonly [CocpStatus, CommandType, CocpEventType, CocpStatus])[] = [
  ["IN_PROGRESS", "ACCEPT", "ACCEPTED", "ACCEPTED"],
  ["IN_PROGRESS", "DECLINE", "DECLINED", "DECLINED"],
  ["IN_PROGRESS", "CANCEL", "CANCELLATION_REQUESTED", "CANCELLATION_IN_PROGRESS"],
  ["IN_PROGRESS", "EXPIRE", "EXPIRED", "EXPIRED"],
  ["IN_PROGRESS", "AMEND_EFFECTIVE_DATE", "EFFECTIVE_DATE_AMENDED", "IN_PROGRESS"],
  ["IN_PROGRESS", "UPDATE_NOTIFICATION_CONTACT", "NOTIFICATION_CONTACT_UPDATED", "IN_PROGRESS"],
  ["CANCELLATION_IN_PROGRESS", "FINISH_CANCELLATION", "CANCELED", "CANCELED"],
  ["ACCEPTED", "START_REVIEW", "REVIEW_STARTED", "PENDING_MICROSOFT_REVIEW"],
  ["ACCEPTED", "REFUSE", "REFUSED", "CANCELED"],
  ["ACCEPTED", "AMEND_EFFECTIVE_DATE", "EFFECTIVE_DATE_AMENDED", "ACCEPTED"],
  ["PENDING_MICROSOFT_REVIEW", "APPROVE", "APPROVED", "IN_GRACE_PERIOD"],
  ["PENDING_MICROSOFT_REVIEW", "REFUSE", "REFUSED", "CANCELED"],
  ["PENDING_MICROSOFT_REVIEW", "AMEND_EFFECTIVE_DATE", "EFFECTIVE_DATE_AMENDED", "PENDING_MICROSOFT_REVIEW"],
  ["IN_GRACE_PERIOD", "COMPLETE", "COMPLETED", "COMPLETED"],
  ["IN_GRACE_PERIOD", "REFUSE", "REFUSED", "CANCELED"],
  ["IN_GRACE_PERIOD", "AMEND_EFFECTIVE_DATE", "EFFECTIVE_DATE_AMENDED", "IN_GRACE_PERIOD"],
];

/** Statuses in which the same side has already done what the command asks. CANCELED: by the customer's cancellation. */
export const repetitions: Readonly<Partial<Record<CommandType, readonly CocpStatus[]>>> = {
  ACCEPT: ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  DECLINE: ["DECLINED"],
  CANCEL: ["CANCELLATION_IN_PROGRESS", "CANCELED"],
  FINISH_CANCELLATION: ["CANCELED"],
  EXPIRE: ["EXPIRED"],
  START_REVIEW: ["PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  APPROVE: ["IN_GRACE_PERIOD", "COMPLETED"],
  COMPLETE: ["COMPLETED"],
};

/** What ends a record. */
export const endings: readonly CocpStatus[] = ["DECLINED", "CANCELED", "EXPIRED", "COMPLETED"];
