import { CocpNotificationKind, CocpStatus } from "../../../src/domain/model";
import { presentEffectiveDate } from "../../../src/domain/deadlines";
import { withdrawalReason, type MailedRecord, type WaitingMail } from "../../../src/domain/withdrawals";
import { recordIn } from "./support";

const contact = "kim@new.example";
const toPartner = (kind: CocpNotificationKind): WaitingMail => ({ kind, party: "NEW_PARTNER", recipient: contact });
const about = (status: CocpStatus, facts: Partial<MailedRecord> = {}): MailedRecord => ({
  record: recordIn(status),
  verification: "VERIFIED",
  signerIsAdmin: true,
  isRepeated: false,
  oldPartnerWasNotified: true,
  partnerOfRecordId: "new-partner",
  ...facts,
});

const all = Object.keys(CocpStatus) as CocpStatus[];
const withoutChange: CocpStatus[] = ["DECLINED", "CANCELLATION_IN_PROGRESS", "CANCELED", "EXPIRED"];
/** In which statuses of its record an email that waits is still sent. */
const sentIn: Readonly<Record<CocpNotificationKind, readonly CocpStatus[]>> = {
  INVITATION: ["IN_PROGRESS"],
  REMINDER: ["IN_PROGRESS"],
  ACCEPTED: all.filter((status) => !withoutChange.includes(status)),
  APPROVED: all.filter((status) => !withoutChange.includes(status)),
  EFFECTIVE_DATE_AMENDED: all.filter((status) => !withoutChange.includes(status)),
  DECLINED: all,
  CANCELED: all,
  EXPIRED: all,
  REFUSED: all,
  COMPLETED: all,
};

test.each(Object.keys(sentIn) as CocpNotificationKind[])("%s is withdrawn once its record says otherwise", (kind) => {
  const sent = all.filter((status) => withdrawalReason(toPartner(kind), about(status)) === null);
  expect(sent).toEqual(all.filter((status) => sentIn[kind].includes(status)));
});

test.each(["INVITATION", "REMINDER", "EFFECTIVE_DATE_AMENDED"] as const)(
  "a later %s replaces the one that waits",
  (kind) => {
    expect(withdrawalReason(toPartner(kind), about("IN_PROGRESS", { isRepeated: true }))).toMatch(/later email/);
  },
);

test("an email that names another partner of record than today's is not sent", () => {
  const completed = (party: WaitingMail["party"], partnerOfRecordId: string) =>
    withdrawalReason({ ...toPartner("COMPLETED"), party }, about("COMPLETED", { partnerOfRecordId }));
  for (const party of ["CUSTOMER", "NEW_PARTNER"] as const) {
    expect(completed(party, "new-partner")).toBeNull();
    expect(completed(party, "old-partner")).toMatch(/changed again/);
    expect(completed(party, "third-partner")).toMatch(/changed again/);
  }
  expect(completed("OLD_PARTNER", "old-partner")).toMatch(/changed again/);
  expect(completed("OLD_PARTNER", "third-partner")).toBeNull();
  const refused = (partnerOfRecordId: string) =>
    withdrawalReason({ ...toPartner("REFUSED"), party: "OLD_PARTNER" }, about("CANCELED", { partnerOfRecordId }));
  expect(refused("old-partner")).toBeNull();
  expect(refused("third-partner")).toMatch(/changed again/);
});

test("nothing goes to a contact who was replaced, or is not known at the partner any more", () => {
  const former: WaitingMail = { ...toPartner("COMPLETED"), recipient: "robin@new.example" };
  expect(withdrawalReason(former, about("COMPLETED"))).toMatch(/another partner notification contact/);
  expect(withdrawalReason(toPartner("COMPLETED"), about("COMPLETED", { verification: "UNVERIFIED" }))).toMatch(
    /privacy/,
  );
  expect(withdrawalReason({ ...toPartner("COMPLETED"), recipient: "Kim@New.Example" }, about("COMPLETED"))).toBeNull();
  expect(withdrawalReason(toPartner("COMPLETED"), about("COMPLETED", { verification: "CANNOT_RESPOND" }))).toBeNull();
});

test("nothing goes to a signer who lost the role", () => {
  const mail: WaitingMail = { kind: "DECLINED", party: "CUSTOMER", recipient: "ada@customer.example" };
  expect(withdrawalReason(mail, about("DECLINED"))).toBeNull();
  expect(withdrawalReason(mail, about("DECLINED", { signerIsAdmin: false }))).toMatch(/no longer Enterprise Admin/);
});

test("an old partner whose notification was withdrawn learns nothing of a refusal or another date, but of the completion", () => {
  const mail = (kind: CocpNotificationKind): WaitingMail => ({
    kind,
    party: "OLD_PARTNER",
    recipient: "desk@old.example",
  });
  const unaware = about("IN_GRACE_PERIOD", { oldPartnerWasNotified: false });
  for (const kind of ["REFUSED", "EFFECTIVE_DATE_AMENDED"] as const) {
    expect(withdrawalReason(mail(kind), unaware)).toMatch(/was not notified/);
    expect(withdrawalReason(mail(kind), about("IN_GRACE_PERIOD", { partnerOfRecordId: "old-partner" }))).toBeNull();
  }
  for (const kind of ["APPROVED", "COMPLETED"] as const) expect(withdrawalReason(mail(kind), unaware)).toBeNull();
});

test("an email names no effective date that has passed before approval", () => {
  const later = new Date("2027-03-05T10:00:00Z");
  expect(presentEffectiveDate(recordIn("ACCEPTED"), later)).toBe("2027-03-05");
  expect(presentEffectiveDate(recordIn("ACCEPTED"), new Date("2027-01-01T00:00:00Z"))).toBe("2027-02-20");
  expect(presentEffectiveDate(recordIn("IN_GRACE_PERIOD"), later)).toBe("2027-02-20");
});
