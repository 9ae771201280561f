import { open, type FileHandle } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { parse, type CsvError } from "csv-parse";

/** A record of a CSV file and the line on which it begins. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The file is not valid CSV from this line on. */
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
 * Reads the records of an RFC 4180 file in batches, no faster than they are taken. Skips blank lines, and rows of nothing but
 * commas and blanks. Bytes that are not UTF-8 become U+FFFD. `onRead` gets the number of bytes read so far. Throws
 * MalformedCsv after the last good record.
 */
export async function* readCsv(
  file: FileHandle,
  onRead: (bytesRead: number) => void,
): AsyncGenerator<CsvRecord[], void, undefined> {
  await rejectUtf16(file);
  const parser = new CsvParser();
  const input: AsyncIterable<Buffer> = file.createReadStream({ start: 0, autoClose: false });
  let bytesRead = 0;
  for await (const chunk of input) {
    bytesRead += chunk.length;
    await parser.write(chunk);
    onRead(bytesRead);
    yield parser.takeRecords();
  }
  await parser.end();
  onRead(bytesRead);
  yield parser.takeRecords();
  parser.verify();
}

/** Parses chunks of a file, and knows the line of each record. */
class CsvParser {
  readonly #parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      this.#error ??= error;
    },
    on_record: (fields: string[]) => {
      if (this.#error === undefined) this.#rows.push(fields);
      return null; // taken here: a stream of objects would cost more than the parsing
    },
  });
  #error: CsvError | undefined;
  #rows: string[][] = [];
  #line = 1;

  constructor() {
    this.#parser.on("error", () => {}); // reported by `write`
  }

  async write(chunk: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#parser.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }

  async end(): Promise<void> {
    this.#parser.end();
    await finished(this.#parser, { readable: false });
  }

  /** Returns the records since the last call. */
  takeRecords(): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const fields of this.#rows) {
      if (fields.some((field) => field.trim() !== "")) records.push({ line: this.#line, fields });
      for (const field of fields) this.#line += lineBreaksIn(field);
      this.#line += 1;
    }
    this.#rows = [];
    return records;
  }

  /** Throws MalformedCsv when a row could not be parsed. */
  verify(): void {
    if (this.#error !== undefined) throw new MalformedCsv(this.#line, describe(this.#error));
  }
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
async function rejectUtf16(file: FileHandle): Promise<void> {
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
      return `is not valid CSV: ${error.message}; no later line was read`;
  }
}
