import type { ClientBase } from "pg";
import { stageRows } from "../../db/directory/directoryImport";
import { keyOf } from "../../db/directory/directoryImportTables";
import { cutText } from "../../domain/cutText";
import { MalformedCsv, openCsv, readCsv, type CsvRecord } from "./importCsv";
import type { Cell, ImportFile } from "./importFiles";
import type { ImportProblems } from "./importProblems";

/** How far an import is with one file. */
export interface ImportProgress {
  readonly file: string;
  /** Files are `reading` in steps and then `read`, one after the other; if all are good, each is `loading` once. */
  readonly phase: "reading" | "read" | "loading";
  readonly rows: number;
  /** Sizes in bytes; zero while loading. */
  readonly bytesRead: number;
  readonly totalBytes: number;
}

/**
 * Reads one file, checks it row by row and stages its rows; of a bad row what is good in it, so that what refers to
 * it is not bad too. Adds what is wrong to `problems` and answers the number of rows. Throws when the file can't be
 * opened or read.
 */
export async function stageFile(
  client: ClientBase,
  file: ImportFile,
  path: string,
  problems: ImportProblems,
  onProgress: (progress: ImportProgress) => void,
): Promise<number> {
  const { handle, size: totalBytes } = await openCsv(path, file.name);
  let rows = 0;
  let bytesRead = 0;
  async function* chunks(): AsyncGenerator<string> {
    const records = readCsv(handle, (bytes) => {
      bytesRead = bytes;
    });
    for await (const lines of checkRecords(records, file, problems)) {
      rows += lines.length;
      yield lines.join("");
      onProgress({ file: file.name, phase: "reading", rows, bytesRead, totalBytes });
    }
  }
  try {
    await stageRows(client, file.table, Object.keys(file.row.shape), chunks());
  } finally {
    await handle.close();
  }
  onProgress({ file: file.name, phase: "read", rows, bytesRead, totalBytes });
  return rows;
}

/** The lines for COPY, as many at a time as there are records. */
async function* checkRecords(
  batches: AsyncGenerator<CsvRecord[], void, undefined>,
  file: ImportFile,
  problems: ImportProblems,
): AsyncGenerator<string[]> {
  let header: readonly string[] | null | undefined;
  try {
    for await (const records of batches) {
      const [first, ...others] = records;
      if (first === undefined) continue;
      const rows = header === undefined ? others : records;
      header ??= readHeader(first, file, problems);
      if (header === null) break;
      const names = header;
      yield rows.map((record) => copyLine(record.line, checkRecord(record, names, file, problems)));
    }
    if (header === undefined) tellEmpty(file, problems);
    problems.unreadable ||= header == null;
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    problems.unreadable = true;
    problems.add({ file: file.name, line: error.line, column: null, message: error.message });
  }
}

/** Returns the names of the columns as they are in the file. Null after reporting all problems of the header. */
function readHeader({ line, fields }: CsvRecord, file: ImportFile, problems: ImportProblems): readonly string[] | null {
  const before = problems.count;
  const columns = Object.keys(file.row.shape);
  const tell = (column: string, message: string, at = 1) =>
    problems.add({ file: file.name, line: at, column, message });
  const header = fields.map((field) => field.trim());
  for (const [index, column] of header.entries()) {
    if (!columns.includes(column))
      tell(printable(column), `is not a column of this file, which has: ${columns.join(", ")}`, line);
    else if (header.indexOf(column) < index) tell(column, "appears twice", line);
  }
  for (const column of columns.filter((name) => !header.includes(name))) tell(column, "is missing", line);
  return problems.count === before ? header : null;
}

function tellEmpty(file: ImportFile, problems: ImportProblems): void {
  const columns = Object.keys(file.row.shape).join(",");
  problems.add({
    file: file.name,
    line: 1,
    column: null,
    message: `the file is empty: its first line must be ${columns}`,
  });
}

/** A foreign column name as it can be shown on a terminal. */
function printable(column: string): string {
  return JSON.stringify(cutText(column).replace(/\p{C}/gu, "\uFFFD"));
}

function checkRecord(
  { line, fields }: CsvRecord,
  header: readonly string[],
  file: ImportFile,
  problems: ImportProblems,
): Cell[] {
  const columns = Object.keys(file.row.shape);
  const tell = (column: string | null, message: string) => problems.add({ file: file.name, line, column, message });
  const row = Object.fromEntries(header.map((column, index) => [column, fields[index]]));
  const isWhole = fields.length === header.length;
  if (isWhole) {
    const { data, error } = file.row.safeParse(row);
    if (data !== undefined) return columns.map((column) => data[column] ?? null);
    for (const { path, message } of error.issues) tell(path.join("."), message);
  } else {
    tell(null, `has ${fields.length} values for ${header.length} columns`);
  }
  const usable = isWhole ? columns : keyOf(file.table);
  return columns.map((column) =>
    usable.includes(column) ? (file.row.shape[column]?.safeParse(row[column]).data ?? null) : null,
  );
}

/** A row in COPY's text format, whose tabs and line breaks no checked value holds. */
function copyLine(line: number, cells: readonly Cell[]): string {
  const values = cells.map((cell) => (cell === null ? "\\N" : cell.replaceAll("\\", "\\\\")));
  return `${line}\t${values.join("\t")}\n`;
}
