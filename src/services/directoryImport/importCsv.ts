import { open, type FileHandle } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { parse, type CsvError } from "csv-parse";

/** A record of a CSV file and the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The file is no CSV from this line on. */
export class MalformedCsv extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
    this.name = "MalformedCsv";
  }
}

/**
 * The records of an RFC 4180 file, without blank lines and rows of nothing but commas and blanks, as many at a time
 * as a piece of the file holds, read no faster than they are taken. Bytes that are not UTF-8 come out as U+FFFD.
 * `onRead` hears how many bytes were read so far. Throws MalformedCsv after the last good record.
 */
export async function* readCsv(
  file: FileHandle,
  onRead: (bytesRead: number) => void,
): AsyncGenerator<CsvRecord[], void, undefined> {
  await refuseUtf16(file);
  let broken: CsvError | undefined;
  let parsed: string[][] = [];
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      broken ??= error;
    },
    on_record: (fields: string[]) => {
      if (broken === undefined) parsed.push(fields);
      return null; // taken here: as a stream of objects, each record would cost more than to parse it
    },
  });
  parser.on("error", () => {}); // told to whoever writes
  const input: AsyncIterable<Buffer> = file.createReadStream({ start: 0, autoClose: false });
  let line = 1;
  let bytesRead = 0;
  const take = () => {
    const records: CsvRecord[] = [];
    for (const fields of parsed) {
      if (fields.some((field) => field.trim() !== "")) records.push({ line, fields });
      for (const field of fields) line += lineBreaksIn(field);
      line += 1;
    }
    parsed = [];
    onRead(bytesRead);
    return records;
  };
  for await (const piece of input) {
    bytesRead += piece.length;
    await new Promise<void>((resolve, reject) => {
      parser.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    yield take();
  }
  parser.end();
  await finished(parser, { readable: false });
  yield take();
  if (broken !== undefined) throw new MalformedCsv(line, describe(broken));
}

/** Opens a file for readCsv. Throws when it can't be read, naming it. */
export async function openCsv(path: string, name: string): Promise<{ handle: FileHandle; size: number }> {
  const handle = await open(path);
  const status = await handle.stat();
  if (status.isFile()) return { handle, size: status.size };
  await handle.close();
  throw new Error(`${name} is not a file`);
}

/** In UTF-16, and UTF-32, a header of Latin letters has NULs or a byte order mark in its first four bytes. */
async function refuseUtf16(file: FileHandle): Promise<void> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  const start = buffer.subarray(0, bytesRead);
  const hasMark = bytesRead >= 2 && (start.readUInt16BE() === 0xfeff || start.readUInt16BE() === 0xfffe);
  if (hasMark || start.includes(0)) throw new MalformedCsv(1, "the file is UTF-16: save it as CSV in UTF-8");
}

function lineBreaksIn(field: string): number {
  return field.includes("\n") || field.includes("\r") ? field.split(/\r\n|\n|\r/).length - 1 : 0;
}

function describe(error: CsvError): string {
  switch (error.code) {
    case "INVALID_OPENING_QUOTE":
      return 'has a quote (") inside a value that does not begin with one: write "a ""b"" c"; no later line was read';
    case "CSV_INVALID_CLOSING_QUOTE":
      return 'has text after the quote (") that closes a value: double the quotes inside it; no later line was read';
    case "CSV_QUOTE_NOT_CLOSED":
    case "CSV_MAX_RECORD_SIZE":
      return 'opens a quote (") that nothing closes, or is longer than 128,000 bytes; no later line was read';
    default:
      return `is no CSV: ${error.message}; no later line was read`;
  }
}
