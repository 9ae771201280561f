import type { CommandType } from "./commands";
import type { CocpEventType, CocpNotificationKind, CocpParty, CocpStatus } from "./model";

/** Whom a transition tells, and of what. */
export interface Notice {
  readonly kind: CocpNotificationKind;
  readonly to: "NEW_PARTNER" | "CUSTOMER" | "OLD_PARTNER";
}

/** One row of the table: who may take a record from where to where, what it is called, and who is told. */
export interface Transition {
  readonly by: CocpParty;
  readonly from: readonly CocpStatus[];
  /** UNCHANGED: the record keeps its status. */
  readonly to: CocpStatus | "UNCHANGED";
  readonly event: CocpEventType;
  readonly notices: readonly Notice[];
  /** Statuses in which the same side has already done it: asking again succeeds and changes nothing. */
  readonly doneIn: readonly CocpStatus[];
}

const tell = (kind: CocpNotificationKind, ...to: Notice["to"][]): Notice[] => to.map((party) => ({ kind, to: party }));

/**
 * The transition table. All else is read from it: what a mutation admits, availableActions, the drawing in the docs,
 * the notifications, the property tests. (Reference: "Track the status of your COCP request" and "Cancel a COCP request".)
 *
 * INITIATE creates the record, so it comes from nowhere. Reaching the effective date completes a record, whatever
 * brought it into IN_GRACE_PERIOD or moved the date: `settle` follows every command with what has fallen due.
 */
export const transitions = {
  INITIATE: {
    by: "CUSTOMER",
    from: [],
    to: "IN_PROGRESS",
    event: "INITIATED",
    notices: tell("INVITATION", "NEW_PARTNER"),
    doneIn: [],
  },
  ACCEPT: {
    by: "NEW_PARTNER",
    from: ["IN_PROGRESS"],
    to: "ACCEPTED",
    event: "ACCEPTED",
    notices: tell("ACCEPTED", "CUSTOMER"),
    doneIn: ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  },
  DECLINE: {
    by: "NEW_PARTNER",
    from: ["IN_PROGRESS"],
    to: "DECLINED",
    event: "DECLINED",
    notices: tell("DECLINED", "CUSTOMER"),
    doneIn: ["DECLINED"],
  },
  CANCEL: {
    by: "CUSTOMER",
    from: ["IN_PROGRESS"],
    to: "CANCELLATION_IN_PROGRESS",
    event: "CANCELLATION_REQUESTED",
    notices: [],
    doneIn: ["CANCELLATION_IN_PROGRESS", "CANCELED"],
  },
  FINISH_CANCELLATION: {
    by: "SYSTEM",
    from: ["CANCELLATION_IN_PROGRESS"],
    to: "CANCELED",
    event: "CANCELED",
    notices: tell("CANCELED", "NEW_PARTNER", "CUSTOMER"),
    doneIn: ["CANCELED"],
  },
  EXPIRE: {
    by: "SYSTEM",
    from: ["IN_PROGRESS"],
    to: "EXPIRED",
    event: "EXPIRED",
    notices: tell("EXPIRED", "NEW_PARTNER", "CUSTOMER"),
    doneIn: ["EXPIRED"],
  },
  START_REVIEW: {
    by: "OPERATIONS",
    from: ["ACCEPTED"],
    to: "PENDING_MICROSOFT_REVIEW",
    event: "REVIEW_STARTED",
    notices: [],
    doneIn: ["PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  },
  APPROVE: {
    by: "OPERATIONS",
    from: ["PENDING_MICROSOFT_REVIEW"],
    to: "IN_GRACE_PERIOD",
    event: "APPROVED",
    notices: tell("APPROVED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: ["IN_GRACE_PERIOD", "COMPLETED"],
  },
  REFUSE: {
    by: "OPERATIONS",
    from: ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"],
    to: "CANCELED",
    event: "REFUSED",
    notices: tell("REFUSED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: ["CANCELED"],
  },
  COMPLETE: {
    by: "SYSTEM",
    from: ["IN_GRACE_PERIOD"],
    to: "COMPLETED",
    event: "COMPLETED",
    notices: tell("COMPLETED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: ["COMPLETED"],
  },
  AMEND_EFFECTIVE_DATE: {
    by: "OPERATIONS",
    from: ["IN_PROGRESS", "ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"],
    to: "UNCHANGED",
    event: "EFFECTIVE_DATE_AMENDED",
    notices: tell("EFFECTIVE_DATE_AMENDED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: [],
  },
  UPDATE_NOTIFICATION_CONTACT: {
    by: "CUSTOMER",
    from: ["IN_PROGRESS"],
    to: "UNCHANGED",
    event: "NOTIFICATION_CONTACT_UPDATED",
    notices: tell("INVITATION", "NEW_PARTNER"),
    doneIn: [],
  },
} as const satisfies Record<CommandType | "INITIATE", Transition>;

/** The row of the table that gave an event. */
export function transitionOf(event: CocpEventType): Transition {
  const row = Object.values(transitions).find((transition) => transition.event === event);
  if (row === undefined) throw new Error(`No transition gives the event ${event}`);
  return row;
}
