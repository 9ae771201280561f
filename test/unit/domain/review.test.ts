import { availableActions, heldUpBecause } from "../../../src/domain/actions";
import type { CocpCommand } from "../../../src/domain/commands";
import { decide } from "../../../src/domain/decide";
import type { Standing } from "../../../src/domain/record";
import { actors, commands, context, dayAfter, effectiveDate, given, goodStanding, recordIn } from "./support";

const today = "2026-11-23"; // the date of dayAfter
const amendTo = (date: string, caseNumber = "CASE-1"): CocpCommand => ({
  type: "AMEND_EFFECTIVE_DATE",
  effectiveDate: date,
  caseNumber,
});

describe("acceptance and review", () => {
  test("an acceptance notes when, and until when operations typically has it reviewed", () => {
    const { record } = given(recordIn("IN_PROGRESS")).when(commands.ACCEPT, "NEW_PARTNER").thenEvents("ACCEPTED");
    expect(record).toMatchObject({
      respondedAt: dayAfter,
      reviewDueAt: new Date("2026-11-25T09:30:00.000Z"),
      closedBy: null,
    });
  });

  test("a review that has started is still due 48 hours after the acceptance", () => {
    const { record } = given(recordIn("ACCEPTED"))
      .when(commands.START_REVIEW, "OPERATIONS")
      .thenEvents("REVIEW_STARTED");
    expect(record.reviewDueAt).toEqual(new Date("2026-11-24T10:30:00.000Z"));
  });

  test("declining closes the record with the partner's note", () => {
    const { record } = given(recordIn("IN_PROGRESS")).when(commands.DECLINE, "NEW_PARTNER").thenEvents("DECLINED");
    expect(record).toMatchObject({ closedBy: "NEW_PARTNER", closingNote: "No capacity", respondedAt: dayAfter });
  });
});

describe("approval", () => {
  const inReview = recordIn("PENDING_MICROSOFT_REVIEW");

  test("begins the grace period, which ends on the effective date that was shown from submission on", () => {
    const { record } = given(inReview).when(commands.APPROVE, "OPERATIONS").thenEvents("APPROVED");
    expect(record).toMatchObject({ status: "IN_GRACE_PERIOD", effectiveDate, approvedAt: dayAfter, reviewDueAt: null });
  });

  test("on the effective date itself completes the record at once, and keeps the date", () => {
    const at = new Date("2027-02-20T00:00:00.000Z");
    const { record } = given(inReview).when(commands.APPROVE, "OPERATIONS", at).thenEvents("APPROVED", "COMPLETED");
    expect(record).toMatchObject({ status: "COMPLETED", effectiveDate, closedBy: "SYSTEM" });
  });

  test("on a later day moves the date to that day and completes the record: never backdated", () => {
    const at = new Date("2027-02-27T23:59:59.999Z");
    const { record, events } = given(inReview)
      .when(commands.APPROVE, "OPERATIONS", at)
      .thenEvents("APPROVED", "COMPLETED");
    expect(record).toMatchObject({ status: "COMPLETED", effectiveDate: "2027-02-27" });
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([at, at]);
  });
});

describe("refusal", () => {
  test.each([null, "", " \n\t"])("needs a note (%j)", (note) => {
    const { field } = given(recordIn("ACCEPTED"))
      .when({ type: "REFUSE", note }, "OPERATIONS")
      .thenError("NOTE_REQUIRED");
    expect(field).toEqual(["note"]);
  });

  test("closes the record for operations, with the note", () => {
    const { record } = given(recordIn("IN_GRACE_PERIOD")).when(commands.REFUSE, "OPERATIONS").thenEvents("REFUSED");
    expect(record).toMatchObject({
      status: "CANCELED",
      closedBy: "OPERATIONS",
      closingNote: "Signed by the wrong person",
      reviewDueAt: null,
    });
  });

  test("is possible although the agreement or the partner stands in the way of approval", () => {
    const standing = { ...goodStanding, agreementStatus: "ENDED" as const };
    given(recordIn("IN_GRACE_PERIOD"), standing).when(commands.REFUSE, "OPERATIONS").thenEvents("REFUSED");
  });
});

describe("what stands in the way of approval and completion", () => {
  const problems: [string, Partial<Standing>, string][] = [
    ["an expired agreement", { agreementStatus: "EXPIRED" }, "The agreement is EXPIRED"],
    ["an ended agreement", { agreementStatus: "ENDED" }, "The agreement is ENDED"],
    ["an agreement past its last day", { agreementEndDate: "2026-11-22" }, "The agreement ended on 2026-11-22"],
    ["a new partner that is no longer allowed", { newPartnerAllowed: false }, "not allowed"],
  ];

  test.each(problems)("%s keeps operations from approving, and says why", (_, problem, cause) => {
    const standing = { ...goodStanding, ...problem };
    const record = recordIn("PENDING_MICROSOFT_REVIEW");
    const { message } = given(record, standing).when(commands.APPROVE, "OPERATIONS").thenError("NOT_ALLOWED");
    expect(message).toContain(cause);
    expect(availableActions(record, actors.OPERATIONS, standing, dayAfter)).not.toContain("APPROVE");
    expect(heldUpBecause(record, standing, dayAfter)).toContain(cause);
  });

  test.each(problems)(
    "%s leaves a record in its grace period past its date, for a reason that operations can read",
    (_, problem, cause) => {
      const standing = { ...goodStanding, ...problem };
      const record = recordIn("IN_GRACE_PERIOD");
      const onTheDay = new Date("2027-02-20T12:00:00.000Z");
      const { outcome } = given(record, standing).when(commands.ACCEPT, "NEW_PARTNER", onTheDay);
      expect(outcome).toEqual({ events: [], record, error: null });
      expect(() => decide(commands.COMPLETE, record, context(actors.SYSTEM, onTheDay, standing))).toThrow();
      expect(heldUpBecause(record, standing, dayAfter)).toBeNull();
      expect(heldUpBecause(record, standing, onTheDay)).toContain(cause);
    },
  );

  test("the agreement's last day is still a day of it", () => {
    const standing = { ...goodStanding, agreementEndDate: today };
    given(recordIn("PENDING_MICROSOFT_REVIEW"), standing).when(commands.APPROVE, "OPERATIONS").thenEvents("APPROVED");
  });
});

describe("amending the effective date", () => {
  test.each(["IN_PROGRESS", "ACCEPTED", "PENDING_MICROSOFT_REVIEW", "IN_GRACE_PERIOD"] as const)(
    "moves the date of a record that is %s and keeps its status",
    (status) => {
      const { record, events } = given(recordIn(status))
        .when(amendTo("2027-01-15", " CASE-9 "), "OPERATIONS")
        .thenEvents("EFFECTIVE_DATE_AMENDED");
      expect(record).toMatchObject({ status, effectiveDate: "2027-01-15", earlyCocpCaseNumber: "CASE-9" });
      expect(events).toMatchObject([{ facts: { caseNumber: "CASE-9", previousDate: effectiveDate } }]);
    },
  );

  test.each(["", "  "])("needs a case number (%j)", (caseNumber) => {
    const { field } = given(recordIn("ACCEPTED"))
      .when(amendTo("2027-01-15", caseNumber), "OPERATIONS")
      .thenError("CASE_NUMBER_REQUIRED");
    expect(field).toEqual(["caseNumber"]);
  });

  test("refuses yesterday, takes today", () => {
    const { message, field } = given(recordIn("ACCEPTED"))
      .when(amendTo("2026-11-22"), "OPERATIONS")
      .thenError("DATE_IN_THE_PAST");
    expect(message).toContain(today);
    expect(field).toEqual(["effectiveDate"]);
    given(recordIn("ACCEPTED")).when(amendTo(today), "OPERATIONS").thenEvents("EFFECTIVE_DATE_AMENDED");
  });

  test("takes the agreement's last day, refuses the day after it", () => {
    given(recordIn("ACCEPTED")).when(amendTo("2029-06-30"), "OPERATIONS").thenEvents("EFFECTIVE_DATE_AMENDED");
    const { message, field } = given(recordIn("ACCEPTED"))
      .when(amendTo("2029-07-01"), "OPERATIONS")
      .thenError("DATE_AFTER_AGREEMENT_END");
    expect(message).toContain("2029-06-30");
    expect(field).toEqual(["effectiveDate"]);
  });

  test("to today completes a record in its grace period at once, not before the amendment", () => {
    const { record, events } = given(recordIn("IN_GRACE_PERIOD"))
      .when(amendTo(today), "OPERATIONS")
      .thenEvents("EFFECTIVE_DATE_AMENDED", "COMPLETED");
    expect(record).toMatchObject({ status: "COMPLETED", effectiveDate: today, closedBy: "SYSTEM" });
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([dayAfter, dayAfter]);
  });

  test("again to the same date for the same case changes nothing, even when it had completed the record", () => {
    const { record } = given(recordIn("IN_GRACE_PERIOD")).when(amendTo(today), "OPERATIONS").outcome;
    given(record).when(amendTo(today), "OPERATIONS").thenNothing();
    given(record).when(amendTo(today, "CASE-2"), "OPERATIONS").thenError("INVALID_STATUS");
  });
});

describe("the notification contact", () => {
  test("is verified against the record's new partner when it is changed", () => {
    const verificationOf = jest.fn(() => "VERIFIED" as const);
    const { record } = given(recordIn("IN_PROGRESS"))
      .when({ type: "UPDATE_NOTIFICATION_CONTACT", contact: "lee@new.example", verificationOf }, "CUSTOMER")
      .thenEvents("NOTIFICATION_CONTACT_UPDATED");
    expect(verificationOf).toHaveBeenCalledWith("new-partner");
    expect(record).toMatchObject({
      contact: "lee@new.example",
      contactVerification: "VERIFIED",
      status: "IN_PROGRESS",
    });
  });

  test("that is the present one changes nothing", () => {
    const verificationOf = () => "VERIFIED" as const;
    const command = { ...commands.UPDATE_NOTIFICATION_CONTACT, contact: "Kim@new.example", verificationOf };
    given(recordIn("IN_PROGRESS")).when(command, "CUSTOMER").thenNothing();
  });

  test("that is the present one is verified again when the partner has meanwhile got to know it", () => {
    const command = { ...commands.UPDATE_NOTIFICATION_CONTACT, contact: "kim@new.example" };
    const { record } = given(recordIn("IN_PROGRESS"))
      .when(command, "CUSTOMER")
      .thenEvents("NOTIFICATION_CONTACT_UPDATED");
    expect(record.contactVerification).toBe("CANNOT_RESPOND");
  });
});
