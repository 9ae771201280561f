import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { fileNameKey } from "../../domain/keys";
import { findDuplicates, findOtherPartners, findUnknown, prepareStaging } from "../../db/directory/directoryImport";
import { directoryReferences, keyOf } from "../../db/directory/directoryImportTables";
import { notifyOnce } from "../../db/feed/logNotifications";
import { withRetries } from "../../db/postgres/transaction";
import { findConflicts, writeDirectory, type RowCounts } from "./importWrites";
import { importFiles, type ImportFile } from "./importFiles";
import { ImportProblems, maxListed, type ImportProblem } from "./importProblems";
import { stageFile, type ImportProgress } from "./importRows";

export interface ImportOptions {
  /** Connected, and not in a transaction. */
  readonly client: ClientBase;
  readonly directory: string;
  /** Reports what would change, changes nothing and locks no row that exists. */
  readonly dryRun: boolean;
  /** Gives existing accounts the partner of record of their row. */
  readonly setPartner: boolean;
  /** The right side of the Message-IDs of notifications that the import causes: the domain of MAIL_FROM. */
  readonly mailDomain: string;
  /** Carries notifications between nodes; null: PostgreSQL does. */
  readonly redisUrl: string | null;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** The result of one file. */
export interface ImportedFile {
  readonly file: string;
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  /** Rights that an empty `role` or `pcn` took away. */
  readonly removed: number;
  readonly unchanged: number;
}

/** An existing account whose row has another partner of record, as PCNs. */
export interface PartnerLeftAlone {
  /** In billing_accounts.csv. */
  readonly line: number;
  readonly accountNumber: string;
  readonly partnerOfRecord: string;
  readonly partnerInFile: string;
}

export interface ImportReport {
  /** The files that the directory has; with problems, nothing of them was inserted or updated. */
  readonly files: readonly ImportedFile[];
  /** The first 1,000, by line. */
  readonly partnersLeftAlone: readonly PartnerLeftAlone[];
  readonly partnersLeftAloneCount: number;
  /** The first 1,000, by file and line. */
  readonly problems: readonly ImportProblem[];
  readonly problemCount: number;
  /** False when subscribers could not be notified of an import: they find its events by polling. */
  readonly notified?: boolean;
}

const noRows: RowCounts = { inserted: 0, updated: 0, removed: 0 };

interface StagedFile {
  readonly file: ImportFile;
  readonly rows: number;
}

/**
 * Loads the directory's CSV files in one transaction: all of them or, when a single row is bad, nothing. The report
 * lists what is wrong. A row whose key exists updates it, except for an account's partner of record, which a
 * completed change may have moved on: a difference is reported, and written only with `setPartner`. Deadlines that
 * have passed are settled with the old directory first, then with the new one. Repeating an import changes nothing. A
 * deadlock is retried. Subscribers are notified after the commit. Throws when the directory can't be read or holds
 * none of the files, and on errors of the database.
 */
export async function importDirectory(options: ImportOptions): Promise<ImportReport> {
  const files = await filesIn(options.directory);
  const report = await withRetries(() => importOnce(files, options));
  const isCommitted = !options.dryRun && report.problemCount === 0;
  return isCommitted ? { ...report, notified: await notifyOnce(options.client, options.redisUrl) } : report;
}

async function importOnce(files: readonly FoundFile[], options: ImportOptions): Promise<ImportReport> {
  const { client, dryRun } = options;
  await client.query("BEGIN");
  try {
    const report = await importFilesOf(files, options);
    await client.query(dryRun || report.problemCount > 0 ? "ROLLBACK" : "COMMIT");
    return report;
  } catch (error) {
    // The connection may be what failed: then its transaction is gone, and the first error tells why.
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** A file of the directory, as its name is spelled there. */
interface FoundFile extends ImportFile {
  readonly path: string;
}

async function filesIn(directory: string): Promise<FoundFile[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw new Error(`${directory} is not a readable directory`, { cause: error });
  });
  const known = importFiles.map(({ name }) => name);
  const spellings = names.filter((name) => fileNameKey(name).endsWith(".csv")).toSorted();
  const foreign = spellings.filter((name) => !known.includes(fileNameKey(name)));
  if (foreign.length > 0) {
    throw new Error(
      `${foreign.join(", ")}: not a file of the directory. Remove it, or name it one of ${known.join(", ")}`,
    );
  }
  const files = importFiles.flatMap((file) => {
    const found = spellings.filter((name) => fileNameKey(name) === file.name);
    if (found.length > 1) throw new Error(`${found.join(" and ")} are the same file: remove all but one`);
    return found.map((name) => ({ ...file, path: join(directory, name) }));
  });
  if (files.length > 0) return files;
  throw new Error(`${directory} has none of ${known.join(", ")}`);
}

async function importFilesOf(files: readonly FoundFile[], options: ImportOptions): Promise<ImportReport> {
  const { client, onProgress } = options;
  const problems = new ImportProblems();
  const staged: StagedFile[] = [];
  await prepareStaging(client);
  for (const file of files) {
    const rows = await stageFile(client, file, file.path, problems, (at) => onProgress?.(at));
    staged.push({ file, rows });
  }
  await checkTogether(client, staged, problems);
  if (!problems.unreadable) await findConflicts(options, problems);
  if (problems.count > 0) return reportProblems(staged, problems);
  const counts = await writeDirectory(
    staged.map(({ file, rows }) => ({ ...file, rows })),
    options,
    problems,
  );
  return counts === null ? reportProblems(staged, problems) : await reportChanges(staged, counts, client);
}

/** Finds problems that need all rows: duplicate keys and unknown references. */
async function checkTogether(
  client: ClientBase,
  staged: readonly StagedFile[],
  problems: ImportProblems,
): Promise<void> {
  for (const { file } of staged) {
    const { rows, total } = await findDuplicates(client, file.table, maxListed);
    const column = keyOf(file.table).join(" + ");
    const toProblem = (row: (typeof rows)[number]) => ({
      file: file.name,
      line: row.line,
      column,
      message: `has the same key as line ${row.firstLine}`,
    });
    problems.addAll(rows.map(toProblem), total);
  }
  if (problems.unreadable) return;
  for (const reference of directoryReferences) {
    const { rows, total } = await findUnknown(client, reference, maxListed);
    const toProblem = (row: (typeof rows)[number]) => ({
      file: `${reference.table}.csv`,
      line: row.line,
      column: reference.column,
      message: `${JSON.stringify(row.value)} is in neither ${reference.target}.csv nor the database`,
    });
    problems.addAll(rows.map(toProblem), total);
  }
}

function reportProblems(staged: readonly StagedFile[], problems: ImportProblems): ImportReport {
  return {
    files: staged.map(({ file, rows }) => ({ file: file.name, rows, ...noRows, unchanged: 0 })),
    partnersLeftAlone: [],
    partnersLeftAloneCount: 0,
    problems: problems.list(importFiles.map(({ name }) => name)),
    problemCount: problems.count,
  };
}

async function reportChanges(
  staged: readonly StagedFile[],
  counts: ReadonlyMap<string, RowCounts>,
  client: ClientBase,
): Promise<ImportReport> {
  const files = staged.map(({ file, rows }) => {
    const { inserted, updated, removed } = counts.get(file.name) ?? noRows;
    return { file: file.name, rows, inserted, updated, removed, unchanged: rows - inserted - updated - removed };
  });
  const others = await findOtherPartners(client, maxListed);
  return {
    files,
    partnersLeftAlone: others.rows.map(({ line, accountNumber, partnerOfRecord, partnerInFile }) => {
      return { line, accountNumber, partnerOfRecord, partnerInFile };
    }),
    partnersLeftAloneCount: others.total,
    problems: [],
    problemCount: 0,
  };
}
