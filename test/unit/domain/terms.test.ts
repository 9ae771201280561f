import { createHash } from "node:crypto";
import { termsFor } from "../../../src/domain/terms";
import { currentEdition, editions } from "../../../src/domain/termsText";

const direct = { id: "d1", channel: "DIRECT" } as const;
const indirect = { id: "i1", channel: "INDIRECT" } as const;

test("all DIRECT: the Change of Software Advisor form", () => {
  const form = termsFor([direct, { ...direct, id: "d2" }]);
  expect(form).toMatchObject({ kind: "CHANGE_OF_SOFTWARE_ADVISOR", title: "Change of Software Advisor" });
  expect(form?.version).toBe(`CHANGE_OF_SOFTWARE_ADVISOR/${currentEdition}`);
  expect(form?.sections.map(({ billingAccountIds }) => billingAccountIds)).toEqual([["d1", "d2"]]);
});

test("all INDIRECT: the Change of Reseller form", () => {
  expect(termsFor([indirect])).toMatchObject({
    kind: "CHANGE_OF_RESELLER",
    version: `CHANGE_OF_RESELLER/${currentEdition}`,
    title: "Change of Reseller",
    sections: [{ kind: "CHANGE_OF_RESELLER", billingAccountIds: ["i1"] }],
  });
});

test("mixed: one form with a section for each", () => {
  expect(termsFor([indirect, direct, { ...indirect, id: "i2" }])).toMatchObject({
    kind: "COMBINED",
    version: `COMBINED/${currentEdition}`,
    title: "Change of Software Advisor and Change of Reseller",
    sections: [
      { kind: "CHANGE_OF_SOFTWARE_ADVISOR", billingAccountIds: ["d1"] },
      { kind: "CHANGE_OF_RESELLER", billingAccountIds: ["i1", "i2"] },
    ],
  });
});

test("names no period, since each installation sets its own: it refers to the dates that are shown", () => {
  for (const { body } of termsFor([direct, indirect])?.sections ?? []) {
    expect(body).toContain("expiry that is shown with the request");
    expect(body).not.toMatch(/\d/);
  }
});

test("without accounts there are no terms, and of an edition that never was neither", () => {
  expect(termsFor([])).toBeNull();
  expect(() => termsFor([direct], "2020-01")).toThrow("There is no edition 2020-01 of the terms");
});

/**
 * What was signed stays what it was. This fails when a word of an edition changes: add a new edition to termsText.ts,
 * make it the current one, and add its hash here, leaving the others as they are.
 */
test("no word of an edition has changed", () => {
  const hash = (text: object) => createHash("sha256").update(JSON.stringify(text)).digest("hex");
  expect(Object.fromEntries(Object.entries(editions).map(([edition, text]) => [edition, hash(text)]))).toEqual({
    "2026-11": "018c53ef1cabc805c32e1d01effd0eb9746348deb744d899e91af8b988b04cef",
  });
  expect(editions).toHaveProperty([currentEdition]);
});
