import { orderingPartner, type PartnerHistory } from "../../../src/domain/orderingPartner";

const partners = [
  { partnerId: "first", fromDate: "-infinity" },
  { partnerId: "second", fromDate: "2027-02-10" },
  { partnerId: "third", fromDate: "2027-03-01" },
];
const good = { agreementStatus: "ACTIVE", agreementEndDate: "2031-06-30", newPartnerAllowed: true } as const;
const change = { newPartnerId: "fourth", effectiveDate: "2027-06-01", ...good };
const today = "2027-05-01";
const on = (day: string, history: Partial<PartnerHistory> = {}, seesRecord = true) =>
  orderingPartner({ partners, ahead: change, ...history }, { day, today, seesRecord });

test.each([
  ["1999-01-01", "first"],
  ["2027-02-09", "first"],
  ["2027-02-10", "second"],
  ["2027-02-28", "second"],
  ["2027-03-01", "third"],
  [today, "third"],
  ["2027-05-31", "third"],
  ["2027-06-01", "fourth"],
  ["2040-01-01", "fourth"],
])("on %s it is the %s partner", (day, partnerId) => {
  expect(on(day)).toBe(partnerId);
});

test("of a day ahead, a viewer who sees no record learns of the present partner alone", () => {
  expect(on("2027-06-01", {}, false)).toBe("third");
});

test.each([
  ["the agreement ends before", { agreementEndDate: "2027-05-31" }],
  ["the agreement is not active", { agreementStatus: "ENDED" as const }],
  ["the new partner is not allowed", { newPartnerAllowed: false }],
])("of a day ahead it is the present partner when %s", (_what, problem) => {
  expect(on("2027-06-01", { ahead: { ...change, ...problem } })).toBe("third");
});
