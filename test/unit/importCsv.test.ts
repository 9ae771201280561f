import { open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MalformedCsv, readCsv, type CsvRecord } from "../../src/services/directoryImport/importCsv";
import { temporaryFolder } from "../support/processes/temporaryFolder";

let directory: string;
beforeAll(async () => {
  directory = await temporaryFolder();
});
afterAll(() => rm(directory, { recursive: true }));

async function read(content: string | Buffer): Promise<{ records: CsvRecord[]; error: unknown }> {
  const path = join(directory, "file.csv");
  await writeFile(path, content);
  const file = await open(path);
  const records: CsvRecord[] = [];
  try {
    for await (const batch of readCsv(file, () => {})) records.push(...batch);
    return { records, error: undefined };
  } catch (error) {
    return { records, error };
  } finally {
    await file.close();
  }
}

test.each([
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
])("numbers records by the line on which they begin, with lines ended by %s", async (_name, end) => {
  const text = ["a,b", '"two', 'lines",1', "", "x,2"].join(end);
  const { records } = await read(text);
  expect(records).toEqual([
    { line: 1, fields: ["a", "b"] },
    { line: 2, fields: [`two${end}lines`, "1"] },
    { line: 5, fields: ["x", "2"] },
  ]);
});

test("reads doubled quotes, commas in quotes, empty values and a byte order mark", async () => {
  const { records } = await read('\uFEFF"a ""b"", c",,"",=1+1\n');
  expect(records).toEqual([{ line: 1, fields: ['a "b", c', "", "", "=1+1"] }]);
});

test("leaves out rows of nothing but commas and blanks, as spreadsheets write them below a table", async () => {
  const { records } = await read("a,b\n1,2\n,\n  , \t\n   \n\n3,\n");
  expect(records).toEqual([
    { line: 1, fields: ["a", "b"] },
    { line: 2, fields: ["1", "2"] },
    { line: 7, fields: ["3", ""] },
  ]);
});

test("reads nothing from an empty file", async () => {
  expect(await read("")).toEqual({ records: [], error: undefined });
});

test("turns bytes that are not UTF-8, lone surrogates too, into U+FFFD", async () => {
  const { records } = await read(Buffer.from("61ff2c62eda080", "hex"));
  expect(records).toEqual([{ line: 1, fields: ["a\uFFFD", "b\uFFFD\uFFFD\uFFFD"] }]);
});

test.each([
  ["little-endian with a mark", Buffer.from("\uFEFFpcn,name\n", "utf16le")],
  ["big-endian with a mark", Buffer.from("\uFEFFpcn,name\n", "utf16le").swap16()],
  ["without a mark", Buffer.from("pcn,name\n", "utf16le")],
])("refuses UTF-16, %s", async (_name, content) => {
  const { records, error } = await read(content);
  expect(records).toEqual([]);
  expect(error).toEqual(new MalformedCsv(1, "the file is UTF-16: save it as CSV in UTF-8"));
});

test.each([
  ["a quote inside a bare value", 'x,7" rack\n', /inside a value/],
  ["text after a closing quote", '"x"y,1\n', /after the quote/],
  ["a quote that nothing closes", '"x,1\nc,d\n', /nothing closes/],
  ["a quote that nothing closes in a long file", `"x,1\n${"c,d\n".repeat(100_000)}`, /nothing closes/],
])("gives the records before %s, then tells its line", async (_name, broken, message) => {
  const { records, error } = await read(`a,b\n"1\n2",3\n${broken}`);
  expect(records.map(({ line }) => line)).toEqual([1, 2]);
  expect(error).toBeInstanceOf(MalformedCsv);
  expect(error).toMatchObject({ line: 4, message: expect.stringMatching(message) });
});
