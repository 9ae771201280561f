import type { FormFacts } from "../../src/forms/formFacts";
import { renderForm } from "../../src/forms/renderForm";
import { castellan, factsOf, formRecord as record, twenty } from "../support/data/formFacts";
import { readPdf, rolesOf } from "../support/api/readPdf";

const renamed = (displayName: string) => factsOf([{ ...record, displayName }]);
const textOf = async (facts: FormFacts) =>
  (await readPdf(await renderForm(facts))).pages.join("\n").replace(/\s+/g, " ");

test("gives the same bytes for the same facts, whatever was made in between", async () => {
  const first = await renderForm(factsOf());
  await renderForm(twenty);
  expect((await renderForm(factsOf())).equals(first)).toBe(true);
});

const signature = factsOf().signature;
const differences: readonly (readonly [string, FormFacts])[] = [
  ["Request ID", factsOf(undefined, { requestId: "COCP-7Q4M-K2XX" })],
  ["customer", factsOf(undefined, { customer: { customerNumber: "C-10021", name: "Northlight" } })],
  ["submission", factsOf(undefined, { submittedAt: new Date("2026-11-23T02:50:13Z") })],
  ["account", renamed("Northlight Harbour Infirmary")],
  ["channel", factsOf([{ ...record, channel: "INDIRECT" }])],
  ["old partner", factsOf([{ ...record, oldPartner: castellan }])],
  ["new partner", factsOf([{ ...record, newPartner: castellan }])],
  ["effective date", factsOf([{ ...record, effectiveDate: "2027-02-22" }])],
  ["Early COCP case", factsOf([{ ...record, earlyCocpCaseNumber: "CASE-1" }])],
  [
    "time of acceptance",
    factsOf([{ ...record, accepted: { ...record.accepted, at: new Date("2026-11-24T09:12:06Z") } }]),
  ],
  ["person who accepted", factsOf([{ ...record, accepted: { ...record.accepted, by: "sam@harrowgate.example" } }])],
  ["signature", factsOf(undefined, { signature: { ...signature, lastName: "Whitfeld" } })],
  ["terms", factsOf(undefined, { terms: { ...factsOf().terms, version: "CHANGE_OF_SOFTWARE_ADVISOR/2026-12" } })],
];

test.each(differences)("gives other bytes for another %s", async (_, facts) => {
  expect((await renderForm(facts)).equals(await renderForm(factsOf()))).toBe(false);
});

test("says who signed what, when, for which accounts, and who accepted", async () => {
  const text = await textOf(factsOf());
  const { terms } = factsOf();
  for (const said of [
    "COCP-7Q4M-K2XW",
    "Northlight Hospitals Trust",
    "Submitted 23 November 2026, 02:50:12 UTC",
    "7701001 Northlight Group Services Direct Meridian Cloud Partners PCN-4410512 Harrowgate Licensing PCN-4410387 21 February 2027",
    ...(terms.sections[0]?.body.split("\n\n") ?? []),
    "Name Dana Whitfield Signed in as dana.whitfield@northlight.example Signed 23 November 2026, 02:50:12 UTC",
    `Version ${terms.version}`,
    "Harrowgate Licensing PCN-4410387 kim.lee@harrowgate.example 24 November 2026, 09:12:05 UTC 7701001",
    "Page 1 of 2",
  ]) {
    expect(text).toContain(said);
  }
});

test("says which case moved an effective date that the customer had not signed for", async () => {
  const amended = { ...record, effectiveDate: "2026-12-15", earlyCocpCaseNumber: "CASE-31" };
  expect(await textOf(factsOf([amended]))).toContain("15 December 2026 amended by Early COCP case CASE-31");
});

test("is tagged for screen readers: title, language, headings, paragraphs, tables with their headers", async () => {
  const { isTagged, title, language, structure } = await readPdf(await renderForm(factsOf()));
  expect({ isTagged, title, language }).toEqual({
    isTagged: true,
    title: "Change of Software Advisor – COCP-7Q4M-K2XW",
    language: "en",
  });
  expect(rolesOf(structure)).toMatchObject({ H1: 1, H2: 4, H3: 3, Table: 4 });
  // Records and acceptances have a header a column, and like the two lists of facts one a row.
  expect(rolesOf(structure)).toMatchObject({ TR: 4 + 2 + 4 + 2, TH: 4 + 6 + 4 + 5, TD: 4 + 4 + 4 + 3 });
  expect((await renderForm(factsOf())).includes("/DisplayDocTitle true")).toBe(true);
});

test("holds a package of twenty accounts and three partners, on pages that repeat the header of the table", async () => {
  const file = await renderForm(twenty);
  const { pages } = await readPdf(file);
  expect(pages).toHaveLength(3);
  for (const { accountNumber } of twenty.records) expect(pages.join()).toContain(accountNumber);
  for (const [index, page] of pages.entries()) {
    expect(page).toContain("COCP-7Q4M-K2XW");
    expect(page).toContain(`Page ${index + 1} of 3`);
  }
  const header = "Billing account Channel Old partner New partner Effective date";
  expect(pages.map((page) => page.includes(header))).toEqual([true, true, false]);
  // To a screen reader it is one header all the same.
  expect(file.toString("latin1").match(/\/S \/TR\b/g)).toHaveLength(4 + 21 + 4 + 4);
});

test("prints Latin, Greek and Cyrillic names as they are", async () => {
  const name = "Zażółć Őrség Ωμέγα Ναυτιλιακή Ромашка Ґанок";
  expect(await textOf(renamed(name))).toContain(name);
});

test("shows a sign for each character that the font does not have, and says so", async () => {
  const text = await textOf(renamed("Clinic 🏥 \u202Eשלום\u202C 王芳"));
  expect(text).toContain("Clinic � ���� ��");
  expect(text).toContain("A � stands for a character that this form's font does not have.");
  expect(await textOf(factsOf())).not.toContain("�");
});

test("cuts names that are too long, and stays readable", async () => {
  const long = "Wide name ".repeat(1_000);
  const partner = { pcn: "PCN-1", organizationName: "W".repeat(10_000) };
  const facts = factsOf([{ ...record, accountNumber: long, displayName: long, newPartner: partner }], {
    customer: { customerNumber: long, name: "x".repeat(10_000) },
  });
  const { pages } = await readPdf(await renderForm(facts));
  expect(pages.length).toBeLessThanOrEqual(4);
  expect(pages.join()).toContain("…");
  expect(pages.join()).toContain("Dana Whitfield");
});

test.each([
  [
    "that looks like PDF",
    ")>>/OpenAction<</S/JavaScript/JS(app.alert(1))>>endobj 7 0 obj<</AA 1 0 R/URI(http://x.example)",
  ],
  [
    "with all sorts of characters",
    "\u0000\u0007\n\r\t\uD800 \u0301\u0301\u200D\uFE0F\u0915\u094D\u0937 \\ ( ) < > [ ] { } % /",
  ],
])("holds nothing that acts, not even for a name %s", async (_, name) => {
  const partner = { pcn: name, organizationName: name };
  const facts = factsOf([{ ...record, accountNumber: name, displayName: name, newPartner: partner }], {
    customer: { customerNumber: name, name },
    signature: { ...signature, firstName: name, lastName: name, signedBy: name },
  });
  const file = (await renderForm(facts)).toString("latin1");
  const objects = file.replace(/\bstream\n[^]*?\nendstream\b/g, "");
  expect(objects).not.toMatch(
    /\/(JavaScript|JS|OpenAction|AA|Launch|URI|EmbeddedFiles?|AcroForm|Annots?|Filespec|GoToR|XFA)\b/,
  );
  expect(file).not.toContain("app.alert");
  await readPdf(Buffer.from(file, "latin1"));
});
