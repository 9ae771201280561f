import { availableActions, waitingOn } from "../../../src/domain/actions";
import { CocpStatus, type CocpAction, type CocpParty, type CocpWaitingOn } from "../../../src/domain/model";
import { actors, dayAfter, goodStanding, recordIn } from "./support";

type Offers = Readonly<Partial<Record<CocpParty, readonly CocpAction[]>>>;

const form = { CUSTOMER: ["DOWNLOAD_FORM"], NEW_PARTNER: ["DOWNLOAD_FORM"] } as const;

/** What each party is offered; who is not named is offered nothing. */
const offers: Readonly<Record<CocpStatus, Offers>> = {
  IN_PROGRESS: {
    CUSTOMER: ["CANCEL", "UPDATE_NOTIFICATION_CONTACT", "RESEND_NOTIFICATION"],
    NEW_PARTNER: ["ACCEPT", "DECLINE"],
    OPERATIONS: ["AMEND_EFFECTIVE_DATE"],
  },
  ACCEPTED: { ...form, OPERATIONS: ["START_REVIEW", "REFUSE", "AMEND_EFFECTIVE_DATE", "DOWNLOAD_FORM"] },
  PENDING_MICROSOFT_REVIEW: { ...form, OPERATIONS: ["APPROVE", "REFUSE", "AMEND_EFFECTIVE_DATE", "DOWNLOAD_FORM"] },
  IN_GRACE_PERIOD: { ...form, OPERATIONS: ["REFUSE", "AMEND_EFFECTIVE_DATE", "DOWNLOAD_FORM"] },
  COMPLETED: { ...form, OPERATIONS: ["DOWNLOAD_FORM"] },
  CANCELLATION_IN_PROGRESS: {},
  CANCELED: {},
  DECLINED: {},
  EXPIRED: {},
};

test.each(Object.keys(CocpStatus) as CocpStatus[])("offers each party of a record that is %s its actions", (status) => {
  const offered = Object.entries(actors).map(([party, actor]) => [
    party,
    availableActions(recordIn(status), actor, goodStanding, dayAfter).sort(),
  ]);
  const expected = Object.keys(actors).map((party) => {
    const mayNotRespond = party === "NEW_PARTNER that may not respond";
    const actions = offers[status][(mayNotRespond ? "NEW_PARTNER" : party) as CocpParty] ?? [];
    return [party, [...actions].filter((action) => !mayNotRespond || action === "DOWNLOAD_FORM").sort()];
  });
  expect(offered).toEqual(expected);
});

test("tells whose move it is", () => {
  const moves: Readonly<Record<CocpStatus, CocpWaitingOn>> = {
    IN_PROGRESS: "NEW_PARTNER",
    ACCEPTED: "OPERATIONS",
    PENDING_MICROSOFT_REVIEW: "OPERATIONS",
    IN_GRACE_PERIOD: "EFFECTIVE_DATE",
    CANCELLATION_IN_PROGRESS: "NOBODY",
    DECLINED: "NOBODY",
    CANCELED: "NOBODY",
    EXPIRED: "NOBODY",
    COMPLETED: "NOBODY",
  };
  const statuses = Object.keys(CocpStatus) as CocpStatus[];
  expect(Object.fromEntries(statuses.map((status) => [status, waitingOn(status)]))).toEqual(moves);
});
