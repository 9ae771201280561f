import type { CommandType } from "./commands";
import type { CocpEventType, CocpNotificationKind, CocpParty, CocpStatus } from "./model";

/** A notification that a transition sends: its kind and its recipient. */
export interface Notice {
  readonly kind: CocpNotificationKind;
  readonly to: "NEW_PARTNER" | "CUSTOMER" | "OLD_PARTNER";
}

/** A row of the table: who may take a record from which statuses to which, its event and its notifications. */
export interface Transition {
  readonly by: CocpParty;
  readonly from: readonly CocpStatus[];
  /** UNCHANGED keeps the status. */
  readonly to: CocpStatus | "UNCHANGED";
  readonly event: CocpEventType;
  readonly notices: readonly Notice[];
  /** Statuses in which the same party has done it already: repeating it succeeds and changes nothing. */
  readonly doneIn: readonly CocpStatus[];
}

const notify = (kind: CocpNotificationKind, ...to: Notice["to"][]): Notice[] =>
  to.map((party) => ({ kind, to: party }));

/**
 * The transition table (docs/domain.md, "The states"). Mutations, availableActions, notifications, the drawing in
 * docs/ and the property tests read it.
 *
 * INITIATE creates the record, so it has no `from`. `settle` follows each command: a record that is approved on or
 * after its effective date completes at once.
 */
export const transitions = {
  INITIATE: {
    by: "CUSTOMER",
    from: [],
    to: "IN_PROGRESS",
    event: "INITIATED",
    notices: notify("INVITATION", "NEW_PARTNER"),
    doneIn: [],
  },
  ACCEPT: {
    by: "NEW_PARTNER",
    from: ["IN_PROGRESS"],
    to: "ACCEPTED",
    event: "ACCEPTED",
    notices: notify("ACCEPTED", "CUSTOMER"),
    doneIn: ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD", "COMPLETED"],
  },
  DECLINE: {
    by: "NEW_PARTNER",
    from: ["IN_PROGRESS"],
    to: "DECLINED",
    event: "DECLINED",
    notices: notify("DECLINED", "CUSTOMER"),
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
    notices: notify("CANCELED", "NEW_PARTNER", "CUSTOMER"),
    doneIn: ["CANCELED"],
  },
  EXPIRE: {
    by: "SYSTEM",
    from: ["IN_PROGRESS"],
    to: "EXPIRED",
    event: "EXPIRED",
    notices: notify("EXPIRED", "NEW_PARTNER", "CUSTOMER"),
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
    notices: notify("APPROVED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: ["IN_GRACE_PERIOD", "COMPLETED"],
  },
  REFUSE: {
    by: "OPERATIONS",
    from: ["ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"],
    to: "CANCELED",
    event: "REFUSED",
    notices: notify("REFUSED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: ["CANCELED"],
  },
  COMPLETE: {
    by: "SYSTEM",
    from: ["IN_GRACE_PERIOD"],
    to: "COMPLETED",
    event: "COMPLETED",
    notices: notify("COMPLETED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: ["COMPLETED"],
  },
  AMEND_EFFECTIVE_DATE: {
    by: "OPERATIONS",
    from: ["IN_PROGRESS", "ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"],
    to: "UNCHANGED",
    event: "EFFECTIVE_DATE_AMENDED",
    notices: notify("EFFECTIVE_DATE_AMENDED", "NEW_PARTNER", "CUSTOMER", "OLD_PARTNER"),
    doneIn: [],
  },
  UPDATE_NOTIFICATION_CONTACT: {
    by: "CUSTOMER",
    from: ["IN_PROGRESS"],
    to: "UNCHANGED",
    event: "NOTIFICATION_CONTACT_UPDATED",
    notices: notify("INVITATION", "NEW_PARTNER"),
    doneIn: [],
  },
} as const satisfies Record<CommandType | "INITIATE", Transition>;

/** The row of an event. */
export function transitionOf(event: CocpEventType): Transition {
  const row = Object.values(transitions).find((transition) => transition.event === event);
  if (row === undefined) throw new Error(`No transition gives the event ${event}`);
  return row;
}
