import { capacitiesOf, partnerProblem, partnerProblemsOn, verifyContact } from "../../../src/domain/partnerChecks";
import { account, partner } from "./support";

describe("the Confirm partner button", () => {
  test("says when no partner has the PCN", () => {
    expect(partnerProblem(" X1 ", null)).toMatchObject({
      code: "PARTNER_NOT_FOUND",
      message: expect.stringContaining("The PCN X1 is not known."),
    });
  });

  test("says when the partner is not allowed to do business", () => {
    expect(partnerProblem("NEW1", partner({ allowed: false }))).toMatchObject({ code: "PARTNER_NOT_ALLOWED" });
  });

  test("has nothing against an allowed partner", () => {
    expect(partnerProblem("NEW1", partner())).toBeNull();
  });
});

describe("a new partner for an account", () => {
  const problems = (
    changes: Parameters<typeof partner>[0],
    channel: "DIRECT" | "INDIRECT",
    partnerOfRecordId = "old-partner",
  ) => partnerProblemsOn(partner(changes), account({ channel, partnerOfRecordId })).map(({ code }) => code);

  test.each([
    ["DIRECT", { reseller: true, softwareAdvisor: false }, ["PARTNER_NOT_AUTHORIZED_FOR_CHANNEL"]],
    ["DIRECT", { reseller: false, softwareAdvisor: true }, []],
    ["INDIRECT", { reseller: true, softwareAdvisor: false }, []],
    ["INDIRECT", { reseller: false, softwareAdvisor: true }, ["PARTNER_NOT_AUTHORIZED_FOR_CHANNEL"]],
  ] as const)("needs the capacity for the channel: %s, %j", (channel, capacities, expected) => {
    expect(problems(capacities, channel)).toEqual(expected);
  });

  test("is not the partner of record", () => {
    expect(problems({}, "DIRECT", "new-partner")).toEqual(["PARTNER_IS_CURRENT"]);
  });

  test("is told everything that stands in its way", () => {
    const none = { reseller: false, softwareAdvisor: false };
    expect(problems(none, "DIRECT", "new-partner")).toEqual([
      "PARTNER_NOT_AUTHORIZED_FOR_CHANNEL",
      "PARTNER_IS_CURRENT",
    ]);
    expect(capacitiesOf(partner(none))).toEqual([]);
  });
});

describe("the partner notification contact", () => {
  const user = (partnerId: string, canRespond: boolean) => ({ email: "kim@new.example", partnerId, canRespond });

  test("is VERIFIED when it is a user of the new partner who may accept", () => {
    expect(verifyContact("new-partner", user("new-partner", true))).toBe("VERIFIED");
  });

  test("CANNOT_RESPOND when it is a user of the new partner who may not", () => {
    expect(verifyContact("new-partner", user("new-partner", false))).toBe("CANNOT_RESPOND");
  });

  test("is UNVERIFIED when it is anybody else", () => {
    expect(verifyContact("new-partner", null)).toBe("UNVERIFIED");
    expect(verifyContact("new-partner", user("another-partner", true))).toBe("UNVERIFIED");
    expect(verifyContact(null, user("new-partner", true))).toBe("UNVERIFIED");
  });
});
