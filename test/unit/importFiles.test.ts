import { parse } from "csv-parse/sync";
import { directoryReferences, keyOf } from "../../src/db/directoryImportTables";
import { importFiles } from "../../src/services/importFiles";

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
