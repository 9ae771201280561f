import { termsFor } from "../../../src/domain/terms";
import type { FormFacts, FormRecord } from "../../../src/forms/formFacts";

const harrowgate = { pcn: "PCN-4410387", organizationName: "Harrowgate Licensing" };
export const castellan = { pcn: "PCN-4410629", organizationName: "Castellan Software Supply" };
const bluefen = { pcn: "PCN-4410744", organizationName: "Bluefen Resellers" };
const meridian = { pcn: "PCN-4410512", organizationName: "Meridian Cloud Partners" };

export const formRecord: FormRecord = {
  billingAccountId: "account-1",
  accountNumber: "7701001",
  displayName: "Northlight Group Services",
  channel: "DIRECT",
  oldPartner: meridian,
  newPartner: harrowgate,
  effectiveDate: "2027-02-21",
  earlyCocpCaseNumber: null,
  accepted: { at: new Date("2026-11-24T09:12:05.123Z"), by: "kim.lee@harrowgate.example" },
};

/** What a form says: of one account, unless others are given. */
export function factsOf(records: readonly FormRecord[] = [formRecord], more: Partial<FormFacts> = {}): FormFacts {
  const terms = termsFor(records.map(({ billingAccountId: id, channel }) => ({ id, channel })));
  if (terms === null) throw new Error("A form has records");
  return {
    requestId: "COCP-7Q4M-K2XW",
    customer: { customerNumber: "C-10021", name: "Northlight Hospitals Trust" },
    submittedAt: new Date("2026-11-23T02:50:12.345Z"),
    records,
    terms,
    signature: {
      firstName: "Dana",
      lastName: "Whitfield",
      signedBy: "dana.whitfield@northlight.example",
      signedAt: new Date("2026-11-23T02:50:12.345Z"),
    },
    ...more,
  };
}

/** A package of twenty accounts of both channels to three partners. */
export const twenty = factsOf(
  Array.from({ length: 20 }, (_, index) => ({
    ...formRecord,
    billingAccountId: `account-${index}`,
    accountNumber: String(7_701_001 + index),
    channel: index % 2 === 0 ? "DIRECT" : "INDIRECT",
    newPartner: [harrowgate, castellan, bluefen][index % 3] ?? harrowgate,
  })),
);
