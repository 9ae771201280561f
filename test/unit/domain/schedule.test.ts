import { scheduleFrom } from "../../../src/domain/initiation";
import { defaultPolicy } from "../../../src/domain/policy";

test.each([
  ["an ordinary day", "2026-11-22T09:30:00.000Z", "2026-12-02T09:30:00.000Z", "2026-12-22T09:30:00.000Z", "2027-02-20"],
  [
    "the last instant of a day",
    "2026-11-22T23:59:59.999Z",
    "2026-12-02T23:59:59.999Z",
    "2026-12-22T23:59:59.999Z",
    "2027-02-20",
  ],
  [
    "the night clocks go forward in the USA",
    "2027-03-14T06:59:59.999Z",
    "2027-03-24T06:59:59.999Z",
    "2027-04-13T06:59:59.999Z",
    "2027-06-12",
  ],
  [
    "days before clocks go forward in Europe",
    "2027-03-20T01:30:00.000Z",
    "2027-03-30T01:30:00.000Z",
    "2027-04-19T01:30:00.000Z",
    "2027-06-18",
  ],
  [
    "days before clocks go back",
    "2026-10-20T00:30:00.000Z",
    "2026-10-30T00:30:00.000Z",
    "2026-11-19T00:30:00.000Z",
    "2027-01-18",
  ],
  [
    "90 days before a leap day",
    "2027-12-01T12:00:00.000Z",
    "2027-12-11T12:00:00.000Z",
    "2027-12-31T12:00:00.000Z",
    "2028-02-29",
  ],
  ["a leap day", "2028-02-29T12:00:00.000Z", "2028-03-10T12:00:00.000Z", "2028-03-30T12:00:00.000Z", "2028-05-29"],
  [
    "the year without a leap day",
    "2027-02-28T12:00:00.000Z",
    "2027-03-10T12:00:00.000Z",
    "2027-03-30T12:00:00.000Z",
    "2027-05-29",
  ],
])("counts days of 24 hours in UTC from %s", (_, now, respondBy, expiresAt, effectiveDate) => {
  expect(scheduleFrom(new Date(now), defaultPolicy)).toEqual({
    respondBy: new Date(respondBy),
    expiresAt: new Date(expiresAt),
    effectiveDate,
  });
});

test("follows the policy", () => {
  const policy = { ...defaultPolicy, respondDays: 1, expireDays: 2, effectiveDays: 3 };
  expect(scheduleFrom(new Date("2026-12-30T12:00:00.000Z"), policy)).toEqual({
    respondBy: new Date("2026-12-31T12:00:00.000Z"),
    expiresAt: new Date("2027-01-01T12:00:00.000Z"),
    effectiveDate: "2027-01-02",
  });
});
