import { parse } from "csv-parse/sync";
import { directoryReferences, keyOf } from "../../src/db/directory/directoryImportTables";
import { importFiles } from "../../src/services/directoryImport/importFiles";

test.each(importFiles)("$name has an example that it would take", ({ row, example }) => {
  const columns = Object.keys(row.shape);
  const [values] = parse(example, { columns }) as unknown[];
  expect(row.safeParse(values)).toMatchObject({ success: true });
});

test.each(importFiles)("$name has the columns of its key", ({ table, row }) => {
  expect(Object.keys(row.shape)).toEqual(expect.arrayContaining([...keyOf(table)]));
});

test("refers from each file only to files that are loaded before it", () => {
  const order = importFiles.map(({ table }) => table);
  const later = directoryReferences.filter(({ table, target }) => order.indexOf(target) >= order.indexOf(table));
  expect(later).toEqual([]);
});

const fileOf = (name: string) => {
  const file = importFiles.find((each) => each.name === name);
  if (file === undefined) throw new Error(`There is no ${name}`);
  return file;
};

test.each([
  ["a zero width space", "C\u200B1", "U+200B"],
  ["a turn of direction", "C\u202E1", "U+202E"],
  ["a private character", "C\uE0001", "U+E000"],
  ["a blank letter", "C\u31641", "U+3164"],
])("a key or name with %s is a problem of its column", (_what, value, character) => {
  const { row } = fileOf("customers.csv");
  for (const column of ["customer_number", "name"]) {
    const { error } = row.safeParse({ customer_number: "C-1", name: "Northlight", [column]: value });
    expect(error?.issues).toMatchObject([{ path: [column], message: expect.stringContaining(`holds ${character}`) }]);
  }
});

test.each([
  ["customers.csv", "customer_number", "C-\u212A", "C-K"],
  ["partners.csv", "pcn", "PCN-\u212A", "PCN-K"],
  ["partner_users.csv", "email", "\u212Aim@harrowgate.example", "Kim@harrowgate.example"],
  ["billing_accounts.csv", "partner_pcn", "PCN\u037E1", "PCN;1"],
])("in %s a %s with a look-alike of an ASCII character is not taken for it", (file, column, value, written) => {
  const { row, example } = fileOf(file);
  const [values] = parse(example, { columns: Object.keys(row.shape) }) as object[];
  const { error } = row.safeParse({ ...values, [column]: value });
  expect(error?.issues).toMatchObject([{ path: [column], message: expect.stringContaining(`write ${written}`) }]);
});

test("names and keys are stored in composed form (NFC)", () => {
  const given = { customer_number: "C-u\u0308", name: "Mu\u0308ller \u0645\u200C\u0645" };
  expect(fileOf("customers.csv").row.parse(given)).toEqual({
    customer_number: "C-\u00FC",
    name: "M\u00FCller \u0645\u200C\u0645",
  });
});
