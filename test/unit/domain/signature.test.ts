import type { UserErrorFacts } from "../../../src/domain/errors";
import { assessSignature, type SignatureGiven } from "../../../src/domain/initiation";
import { termsFor } from "../../../src/domain/terms";

const terms = termsFor([{ id: "account-1", channel: "DIRECT" }]);
const good: SignatureGiven = {
  firstName: "Ada",
  lastName: "Lovelace",
  acceptTerms: true,
  termsVersion: terms?.version ?? "",
};

function sign(changes: Partial<SignatureGiven>, form = terms) {
  const errors: UserErrorFacts[] = [];
  const signed = assessSignature({ ...good, ...changes }, form, errors);
  return { signed, errors: errors.map(({ code, field }) => [code, field?.join(".")]) };
}

test("keeps the names trimmed, with the version that was signed", () => {
  expect(sign({ firstName: " Ada ", lastName: "Lovelace\n" })).toEqual({
    signed: { firstName: "Ada", lastName: "Lovelace", termsVersion: "CHANGE_OF_SOFTWARE_ADVISOR/2026-11" },
    errors: [],
  });
});

describe.each(["firstName", "lastName"] as const)("the %s", (name) => {
  test.each([
    ["blank", ""],
    ["only space", " \t\n"],
    ["101 characters long", "a".repeat(101)],
    ["of two lines", "Ada\r\nBcc: x@y.example"],
    ["with a NUL", "A\u0000da"],
    ["with an escape", "A\u001bda"],
    ["a zero width space", "\u200B"],
    ["a word joiner", "\u2060"],
    ["a Hangul filler", "\u3164"],
    ["a halfwidth Hangul filler", "\uFFA0"],
    ["Hangul fillers", "\u115F\u1160"],
    ["a Braille blank", "\u2800"],
    ["a combining mark alone", "\u034F"],
    ["turned from right to left", "Dana\u202Egnp.exe"],
    ["with an isolate", "Da\u2066na"],
    ["with a mark of direction", "Da\u200Fna"],
    ["with a soft hyphen", "Da\u00ADna"],
    ["of two lines by a separator", "Da\u2028na"],
    ["of two paragraphs", "Da\u2029na"],
    ["with a private character", "Da\uE000na"],
    ["with an unassigned character", "Da\u0378na"],
    ["with a joiner at its end", "Dana\u200D"],
    ["with two joiners", "Da\u200D\u200Dna"],
    ["with a joiner between digits", "1\u200C2"],
    ["with a tag", "Dana\u{E0041}"],
  ])("must not be %s", (_, value) => {
    expect(sign({ [name]: value })).toEqual({ signed: null, errors: [["INVALID_NAME", `signature.${name}`]] });
  });

  test.each([
    "J",
    "a".repeat(100),
    "😀".repeat(100),
    "Noël O'Brien-Müller",
    "李",
    "نام\u200Cهای",
    "ක්\u200Dෂ",
    "葛\u{E0100}",
  ])("may be %s", (value) => {
    expect(sign({ [name]: value })).toMatchObject({ signed: { [name]: value }, errors: [] });
  });
});

test("keeps names in composed form (NFC), and says which character is refused", () => {
  expect(sign({ lastName: "Mu\u0308ller" }).signed).toMatchObject({ lastName: "Müller" });
  const errors: UserErrorFacts[] = [];
  assessSignature({ ...good, firstName: "Dana\u202E" + "x" }, terms, errors);
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining("U+202E") })]);
});

test("needs the checkbox", () => {
  expect(sign({ acceptTerms: false }).errors).toEqual([["TERMS_NOT_ACCEPTED", "signature.acceptTerms"]]);
});

test.each(["CHANGE_OF_SOFTWARE_ADVISOR/2020-01", "CHANGE_OF_RESELLER/2026-11", ""])(
  "must be under the terms that apply now, not %j",
  (termsVersion) => {
    expect(sign({ termsVersion }).errors).toEqual([["TERMS_OUTDATED", "signature.termsVersion"]]);
  },
);

test("names everything that is wrong at once", () => {
  const wrong = { firstName: "", lastName: "", acceptTerms: false, termsVersion: "" };
  expect(sign(wrong).errors.map(([code]) => code)).toEqual([
    "INVALID_NAME",
    "INVALID_NAME",
    "TERMS_NOT_ACCEPTED",
    "TERMS_OUTDATED",
  ]);
});

test("says nothing of the version while no account is eligible", () => {
  expect(sign({ termsVersion: "" }, null).errors).toEqual([]);
});
