import { ineligibilityReasons, type AccountFacts } from "../../../src/domain/eligibility";
import { AgreementProgram } from "../../../src/domain/model";
import { account } from "./support";

const now = new Date("2026-11-22T09:30:00.000Z");
const codesOf = (changes: Partial<AccountFacts>, at = now) =>
  ineligibilityReasons(account(changes), at).map(({ code }) => code);

test("an account with nothing against it is eligible", () => {
  expect(codesOf({})).toEqual([]);
});

test.each([
  ["NOT_ENTERPRISE_ADMIN", { viewerRole: null }],
  ["NOT_ENTERPRISE_ADMIN", { viewerRole: "ENTERPRISE_ADMIN_READ_ONLY" }],
  ["AGREEMENT_EXPIRED", { agreementStatus: "EXPIRED" }],
  ["AGREEMENT_EXPIRED", { endDate: "2026-11-21" }],
  ["AGREEMENT_ENDED", { agreementStatus: "ENDED" }],
  ["ENTERPRISE_DIRECT_SUPPORT_BILL_TO", { billToIsDirectSupport: true }],
  ["ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR", { channel: "DIRECT", partnerIsDirectSupport: true }],
  ["OPEN_REQUEST_EXISTS", { openRecord: { requestId: "COCP-7Q4M-K2XW", status: "ACCEPTED" } }],
] satisfies [string, Partial<AccountFacts>][])("%s alone: %j", (code, changes) => {
  expect(codesOf(changes)).toEqual([code]);
});

test("only the two Enterprise Agreement programs are in scope", () => {
  const programs = Object.keys(AgreementProgram) as AgreementProgram[];
  const inScope = programs.filter((program) => codesOf({ program }).length === 0);
  expect(inScope).toEqual(["ENTERPRISE_AGREEMENT", "ENTERPRISE_AGREEMENT_SUBSCRIPTION"]);
  expect(codesOf({ program: "MPSA" })).toEqual(["PROGRAM_OUT_OF_SCOPE"]);
});

const everything: Partial<AccountFacts> = {
  program: "SELECT",
  agreementStatus: "EXPIRED",
  channel: "DIRECT",
  billToIsDirectSupport: true,
  partnerIsDirectSupport: true,
  openRecord: { requestId: "COCP-7Q4M-K2XW", status: "IN_PROGRESS" },
};

test("names all reasons at once", () => {
  const others = [
    "ENTERPRISE_DIRECT_SUPPORT_BILL_TO",
    "ENTERPRISE_DIRECT_SUPPORT_SOFTWARE_ADVISOR",
    "OPEN_REQUEST_EXISTS",
  ];
  expect(codesOf(everything)).toEqual(["PROGRAM_OUT_OF_SCOPE", "AGREEMENT_EXPIRED", ...others]);
  expect(codesOf({ ...everything, agreementStatus: "ENDED" })).toEqual([
    "PROGRAM_OUT_OF_SCOPE",
    "AGREEMENT_ENDED",
    ...others,
  ]);
});

test("tells somebody who does not administer the account only that", () => {
  expect(codesOf({ ...everything, viewerRole: "ENTERPRISE_ADMIN_READ_ONLY" })).toEqual(["NOT_ENTERPRISE_ADMIN"]);
});

test("the agreement's last day, in UTC, is still a day of it", () => {
  expect(codesOf({ endDate: "2026-11-22" }, new Date("2026-11-22T23:59:59.999Z"))).toEqual([]);
  expect(codesOf({ endDate: "2026-11-22" }, new Date("2026-11-23T00:00:00.000Z"))).toEqual(["AGREEMENT_EXPIRED"]);
});

test("Enterprise Direct Support as reseller of an INDIRECT account is no reason", () => {
  expect(codesOf({ channel: "INDIRECT", partnerIsDirectSupport: true })).toEqual([]);
});

test("each reason is a sentence that names the account, and the request that stands in the way", () => {
  for (const { message } of ineligibilityReasons(account(everything), now)) {
    expect(message).toMatch(/^Billing account 8608480 .+\.$/);
  }
  expect(ineligibilityReasons(account(everything), now).at(-1)?.message).toContain("COCP-7Q4M-K2XW (IN_PROGRESS)");
});
