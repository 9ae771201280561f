import type { AccountFacts } from "../../../src/domain/eligibility";
import {
  assessChanges,
  checkSize,
  type Assessment,
  type InitiationFacts,
  type PartnerChange,
} from "../../../src/domain/initiation";
import { defaultPolicy } from "../../../src/domain/policy";
import { account, partner, submittedAt } from "./support";

const change = (changes: Partial<PartnerChange> = {}): PartnerChange => ({
  billingAccountId: "account-1",
  newPartnerPcn: "NEW1",
  partnerNotificationContact: "kim@new.example",
  reason: "OTHER",
  reasonNote: null,
  ...changes,
});

const accounts: AccountFacts[] = [
  account(),
  account({ id: "account-2", accountNumber: "8608481", channel: "DIRECT" }),
  account({ id: "elsewhere", customerId: "customer-2" }),
  account({ id: "blocked", program: "MPSA", billToIsDirectSupport: true }),
  account({ id: "ending", endDate: "2027-02-19" }),
  account({ id: "lasting", endDate: "2027-02-20" }),
  account({ id: "listed", endDate: "2026-12-31", viewerRole: "ENTERPRISE_ADMIN_READ_ONLY" }),
];
const partners = [
  partner(),
  partner({ id: "shut", pcn: "SHUT", allowed: false }),
  partner({ id: "advisor", pcn: "ADVISOR", reseller: false }),
  partner({ id: "old-partner", pcn: "OLD1" }),
];
const users = [
  { email: "kim@new.example", partnerId: "new-partner", canRespond: true },
  { email: "lee@new.example", partnerId: "new-partner", canRespond: false },
  { email: "sam@other.example", partnerId: "advisor", canRespond: true },
];
const facts: InitiationFacts = {
  accounts: new Map(accounts.map((one) => [one.id, one])),
  partners: new Map(partners.map((one) => [one.pcn, one])),
  partnerUsers: new Map(users.map((one) => [one.email, one])),
};

const assess = (...changes: PartnerChange[]): Assessment =>
  assessChanges(changes, facts, { now: submittedAt, policy: defaultPolicy });
const told = (found: readonly { code: string; field?: readonly string[] }[]) =>
  found.map(({ code, field }) => [code, field?.join(".")]);
const errorsOf = (...changes: PartnerChange[]) => told(assess(...changes).errors);

test("finds nothing wrong with a good change, and says what it comes to", () => {
  const { items, terms, errors, warnings, schedule } = assess(change({ reasonNote: "  Slow answers \n" }));
  expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
  expect(terms?.kind).toBe("CHANGE_OF_RESELLER");
  expect(schedule.effectiveDate).toBe("2027-02-20");
  expect(items).toMatchObject([
    {
      reasons: [],
      partner: { pcn: "NEW1" },
      contact: "kim@new.example",
      contactVerification: "VERIFIED",
      reasonNote: "Slow answers",
    },
  ]);
});

describe("the number of accounts", () => {
  const codeFor = (count: number) => checkSize(count, defaultPolicy);

  test("is 1 to 20", () => {
    expect([codeFor(1), codeFor(20)]).toEqual([null, null]);
    expect(codeFor(0)).toMatchObject({ code: "NO_BILLING_ACCOUNTS", field: ["changes"] });
    expect(codeFor(21)).toMatchObject({ code: "TOO_MANY_BILLING_ACCOUNTS", field: ["changes"] });
  });
});

describe("the accounts", () => {
  test.each(["unknown", null])("must be known to the viewer (%p)", (billingAccountId) => {
    expect(errorsOf(change(), change({ billingAccountId }))).toEqual([
      ["BILLING_ACCOUNT_NOT_FOUND", "changes.1.billingAccountId"],
    ]);
  });

  test("must each be named once", () => {
    expect(errorsOf(change(), change({ billingAccountId: "account-2" }), change(), change())).toEqual([
      ["DUPLICATE_BILLING_ACCOUNT", "changes.2.billingAccountId"],
      ["DUPLICATE_BILLING_ACCOUNT", "changes.3.billingAccountId"],
    ]);
  });

  test("that no id names are unknown, not the same", () => {
    const unknown = change({ billingAccountId: null });
    expect(errorsOf(unknown, unknown).map(([code]) => code)).toEqual(Array(2).fill("BILLING_ACCOUNT_NOT_FOUND"));
  });

  test("that are named twice stand in the terms once", () => {
    expect(assess(change(), change()).terms?.sections[0]?.billingAccountIds).toEqual(["account-1"]);
  });

  test("that the viewer does not administer are told nothing else of", () => {
    const listed = change({
      billingAccountId: "listed",
      newPartnerPcn: "OLD1",
      partnerNotificationContact: "x@y.example",
    });
    const { errors, warnings } = assess(listed);
    expect(told(errors)).toEqual([["BILLING_ACCOUNT_NOT_ELIGIBLE", "changes.0.billingAccountId"]]);
    expect(told(warnings)).toEqual([["CONTACT_UNVERIFIED", "changes.0.partnerNotificationContact"]]);
  });

  test("must belong to one customer", () => {
    expect(errorsOf(change(), change({ billingAccountId: "elsewhere" }))).toEqual([
      ["ACCOUNTS_OF_SEVERAL_CUSTOMERS", "changes"],
    ]);
  });

  test("that are not eligible get an error for each reason, and no part in the terms", () => {
    const { errors, terms, items } = assess(change({ billingAccountId: "blocked" }));
    const each = ["BILLING_ACCOUNT_NOT_ELIGIBLE", "changes.0.billingAccountId"];
    expect(told(errors)).toEqual([each, each]);
    expect(errors.map(({ message }) => message)).toEqual(items[0]?.reasons.map(({ message }) => message));
    expect(terms).toBeNull();
  });

  test("whose agreement ends before the effective date are warned of", () => {
    const { errors, warnings } = assess(
      change({ billingAccountId: "ending" }),
      change({ billingAccountId: "lasting" }),
    );
    expect(errors).toEqual([]);
    expect(told(warnings)).toEqual([["AGREEMENT_ENDS_BEFORE_EFFECTIVE_DATE", "changes.0.billingAccountId"]]);
  });
});

describe("the new partner", () => {
  test.each([
    ["NOBODY", "PARTNER_NOT_FOUND"],
    ["", "PARTNER_NOT_FOUND"],
    ["SHUT", "PARTNER_NOT_ALLOWED"],
    ["ADVISOR", "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL"],
    ["OLD1", "PARTNER_IS_CURRENT"],
  ])("%j is refused: %s", (newPartnerPcn, code) => {
    expect(errorsOf(change({ newPartnerPcn }))).toEqual([[code, "changes.0.newPartnerPcn"]]);
  });

  test("is found whatever the case of its PCN and the space around it", () => {
    expect(errorsOf(change({ newPartnerPcn: " new1 " }))).toEqual([]);
  });

  test("may be another for each account", () => {
    const { errors, items } = assess(
      change(),
      change({
        billingAccountId: "account-2",
        newPartnerPcn: "ADVISOR",
        partnerNotificationContact: "sam@other.example",
      }),
    );
    expect(errors).toEqual([]);
    expect(items.map((item) => [item.partner?.id, item.contactVerification])).toEqual([
      ["new-partner", "VERIFIED"],
      ["advisor", "VERIFIED"],
    ]);
  });
});

describe("the partner notification contact", () => {
  const local64 = "a".repeat(64);
  const bad: [string, string][] = [
    ["nothing", ""],
    ["no @", "kim.new.example"],
    ["two @", "kim@lee@new.example"],
    ["no domain", "kim@"],
    ["no local part", "@new.example"],
    ["a domain without a dot", "kim@localhost"],
    ["a line break and a header", "kim@new.example\r\nBcc: lee@new.example"],
    ["a line break inside", "kim@new\n.example"],
    ["a list by comma", "kim@new.example,lee@new.example"],
    ["a list by semicolon", "kim@new.example;lee@new.example"],
    ["a display name with brackets", "Kim <kim@new.example>"],
    ["brackets", "<kim@new.example>"],
    ["a space", "kim lee@new.example"],
    ["a quoted local part", '"kim lee"@new.example'],
    ["a comment", "kim(lee)@new.example"],
    ["two dots in a row", "kim..lee@new.example"],
    ["a leading dot", ".kim@new.example"],
    ["an address literal", "kim@[127.0.0.1]"],
    ["a label that begins with a hyphen", "kim@-new.example"],
    ["a NUL", "kim\u0000@new.example"],
    ["letters beyond ASCII", "kïm@new.example"],
    ["a local part of 65 characters", `${local64}a@new.example`],
    ["255 characters", `kim@${"a".repeat(61)}.${"b".repeat(61)}.${"c".repeat(61)}.${"d".repeat(57)}.example`],
  ];

  test.each(bad)("refuses %s", (_, partnerNotificationContact) => {
    expect(errorsOf(change({ partnerNotificationContact }))).toEqual([
      ["INVALID_EMAIL", "changes.0.partnerNotificationContact"],
    ]);
  });

  test.each([
    ["254 characters", `kim@${"a".repeat(61)}.${"b".repeat(61)}.${"c".repeat(61)}.${"d".repeat(56)}.example`],
    ["a local part of 64 characters", `${local64}@new.example`],
    ["a tag", "o'brien+cocp@sub.new.example"],
    ["space around it", " kim@new.example\n"],
  ])("takes %s", (_, partnerNotificationContact) => {
    const { errors, items } = assess(change({ partnerNotificationContact }));
    expect(errors).toEqual([]);
    expect(items[0]?.contact).toBe(partnerNotificationContact.trim());
  });

  test.each([
    ["kim@new.example", "VERIFIED", []],
    ["KIM@New.Example", "VERIFIED", []],
    ["lee@new.example", "CANNOT_RESPOND", ["CONTACT_CANNOT_RESPOND"]],
    ["sam@other.example", "UNVERIFIED", ["CONTACT_UNVERIFIED"]],
    ["who@new.example", "UNVERIFIED", ["CONTACT_UNVERIFIED"]],
  ])("%s is %s: none of the three stops a request", (partnerNotificationContact, verification, codes) => {
    const { errors, warnings, items } = assess(change({ partnerNotificationContact }));
    expect(errors).toEqual([]);
    expect(items[0]?.contactVerification).toBe(verification);
    expect(told(warnings)).toEqual(codes.map((code) => [code, "changes.0.partnerNotificationContact"]));
  });

  test("is not verified, nor warned of, without a partner to verify it against", () => {
    const { warnings, items } = assess(
      change({ newPartnerPcn: "NOBODY", partnerNotificationContact: "who@new.example" }),
    );
    expect(items[0]?.contactVerification).toBeNull();
    expect(warnings).toEqual([]);
  });
});

describe("the note on the reason", () => {
  test("has at most 1,000 characters, counted as people count them", () => {
    expect(errorsOf(change({ reasonNote: "😀".repeat(1000) }))).toEqual([]);
    expect(errorsOf(change({ reasonNote: "a".repeat(1001) }))).toEqual([["TEXT_TOO_LONG", "changes.0.reasonNote"]]);
  });

  test.each([undefined, null, "", "  "])("may be left out (%p)", (reasonNote) => {
    expect(assess(change({ reasonNote })).items[0]?.reasonNote).toBeNull();
  });
});

test("names everything that is wrong at once, each with its place", () => {
  const wrong = { newPartnerPcn: "NOBODY", partnerNotificationContact: "x", reasonNote: "a".repeat(1001) };
  expect(errorsOf(change(), change({ billingAccountId: "unknown", ...wrong }))).toEqual([
    ["BILLING_ACCOUNT_NOT_FOUND", "changes.1.billingAccountId"],
    ["PARTNER_NOT_FOUND", "changes.1.newPartnerPcn"],
    ["INVALID_EMAIL", "changes.1.partnerNotificationContact"],
    ["TEXT_TOO_LONG", "changes.1.reasonNote"],
  ]);
});
