import { isOverdue } from "../../../src/domain/actions";
import { addDays, startOfDate } from "../../../src/domain/dates";
import { dueCommand } from "../../../src/domain/deadlines";
import { decide, settle } from "../../../src/domain/decide";
import { CocpStatus } from "../../../src/domain/model";
import {
  actors,
  commands,
  context,
  effectiveDate,
  expiresAt,
  given,
  goodStanding,
  recordIn,
  respondBy,
} from "./support";

const shifted = (instant: Date, milliseconds: number) => new Date(instant.getTime() + milliseconds);
const start = startOfDate(effectiveDate);

describe("a record that waits for the partner's answer", () => {
  const waiting = recordIn("IN_PROGRESS");

  test.each([
    ["ACCEPT", "NEW_PARTNER", "ACCEPTED"],
    ["DECLINE", "NEW_PARTNER", "DECLINED"],
    ["CANCEL", "CUSTOMER", "CANCELLATION_REQUESTED"],
    ["UPDATE_NOTIFICATION_CONTACT", "CUSTOMER", "NOTIFICATION_CONTACT_UPDATED"],
  ] as const)("can take %s one millisecond before it expires", (type, by, event) => {
    given(waiting).when(commands[type], by, shifted(expiresAt, -1)).thenEvents(event);
  });

  test.each([0, 1])("expires at expiresAt, and is too late to answer (%d ms after it)", (late) => {
    const { outcome, thenError } = given(waiting).when(commands.ACCEPT, "NEW_PARTNER", shifted(expiresAt, late));
    expect(thenError("DEADLINE_PASSED").message).toContain("2026-12-22T09:30:00.000Z");
    expect(outcome.events).toMatchObject([
      { type: "EXPIRED", actor: "SYSTEM", actorEmail: null, occurredAt: expiresAt },
    ]);
    expect(outcome.record).toMatchObject({ status: "EXPIRED", closedBy: "SYSTEM", version: 2 });
  });

  test("can't be canceled or given another contact from expiresAt on", () => {
    given(waiting).when(commands.CANCEL, "CUSTOMER", expiresAt).thenError("INVALID_STATUS");
    given(waiting).when(commands.UPDATE_NOTIFICATION_CONTACT, "CUSTOMER", expiresAt).thenError("INVALID_STATUS");
  });

  test("I8: is overdue from respondBy on, and can still be accepted", () => {
    expect([-1, 0, 1].map((by) => isOverdue(waiting, shifted(respondBy, by)))).toEqual([false, true, true]);
    given(waiting).when(commands.ACCEPT, "NEW_PARTNER", shifted(respondBy, 1)).thenEvents("ACCEPTED");
  });

  test("is overdue no more once it is answered", () => {
    expect(isOverdue(recordIn("ACCEPTED"), expiresAt)).toBe(false);
  });

  test("expires whatever has become of the agreement and the partner", () => {
    const standing = { ...goodStanding, agreementStatus: "ENDED" as const, newPartnerAllowed: false };
    expect(settle(waiting, { ...context(actors.SYSTEM, expiresAt), standing })).toHaveLength(1);
  });
});

describe("a record in its grace period", () => {
  const graced = recordIn("IN_GRACE_PERIOD");

  test.each([
    [-1, []],
    [0, ["COMPLETED"]],
    [1, ["COMPLETED"]],
  ])("is completed from 00:00:00 UTC of the effective date on (%d ms from it)", (by, events) => {
    const settled = settle(graced, context(actors.SYSTEM, shifted(start, by)));
    expect(settled.map(({ type }) => type)).toEqual(events);
    for (const { occurredAt } of settled) expect(occurredAt).toEqual(start);
  });

  test("waits while the partner or the agreement stands in the way, then completes at the instant that frees it, never backdated", () => {
    for (const standing of [
      { ...goodStanding, newPartnerAllowed: false },
      { ...goodStanding, agreementStatus: "EXPIRED" as const },
    ]) {
      expect(settle(graced, { ...context(actors.SYSTEM, addDays(start, 20)), standing })).toEqual([]);
    }
    const freedAt = addDays(start, 20);
    const freed = settle(graced, { ...context(actors.SYSTEM, freedAt), freedAt });
    expect(freed).toMatchObject([
      { type: "COMPLETED", occurredAt: freedAt, effectiveDate: freedAt.toISOString().slice(0, 10) },
    ]);
  });

  test("takes no amendment to today while something stands in the way, which it names", () => {
    const at = addDays(start, 20.5);
    const standing = { ...goodStanding, newPartnerAllowed: false };
    const amend = { ...commands.AMEND_EFFECTIVE_DATE, effectiveDate: at.toISOString().slice(0, 10) };
    const amending = () => decide(amend, graced, { ...context(actors.OPERATIONS, at), standing });
    expect(amending).toThrow(
      expect.objectContaining({ code: "NOT_ALLOWED", message: expect.stringContaining("partner") }),
    );
  });

  test("can be refused until then, and no longer", () => {
    given(graced).when(commands.REFUSE, "OPERATIONS", shifted(start, -1)).thenEvents("REFUSED");
    given(graced).when(commands.REFUSE, "OPERATIONS", start).thenError("INVALID_STATUS");
  });
});

test("a settled record has nothing more due, however long ago its time was", () => {
  for (const status of ["IN_PROGRESS", "IN_GRACE_PERIOD"] as const) {
    const { record } = given(recordIn(status)).when(commands.COMPLETE, "CUSTOMER", addDays(start, 400)).outcome;
    expect(record.status).toBe(status === "IN_PROGRESS" ? "EXPIRED" : "COMPLETED");
    expect(settle(record, context(actors.SYSTEM, addDays(start, 800)))).toEqual([]);
  }
});

test.each(Object.keys(CocpStatus).filter((status) => status !== "IN_PROGRESS" && status !== "IN_GRACE_PERIOD"))(
  "time asks nothing of a record that is %s",
  (status) => {
    expect(dueCommand(recordIn(status as CocpStatus), goodStanding, addDays(start, 400))).toBeNull();
  },
);
