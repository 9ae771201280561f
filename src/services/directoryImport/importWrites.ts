import type { ClientBase } from "pg";
import { sql } from "../../db/postgres/sql";
import { managerOn } from "../../db/postgres/clientManager";
import {
  countChanged,
  countEnded,
  findChanged,
  insertNew,
  removeEnded,
  updateChanged,
} from "../../db/directory/directoryImport";
import { findOpenRecordConflicts, lockTouched, readServiceTime } from "../../db/directory/directoryImportLocks";
import { lockRecords } from "../../db/requests/records";
import { defaultPolicy } from "../../domain/policy";
import { settleLocked, type Deciding } from "../requests/executeCommand";
import type { ImportFile } from "./importFiles";
import { maxListed, type ImportProblems } from "./importProblems";
import type { ImportProgress } from "./importRows";

interface Writing {
  /** In the import's transaction. */
  readonly client: ClientBase;
  readonly dryRun: boolean;
  readonly setPartner: boolean;
  readonly mailDomain: string;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface RowCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly removed: number;
}

/** Adds a problem for each row that contradicts an open record of its account. */
export async function findConflicts({ client, setPartner }: Writing, problems: ImportProblems): Promise<void> {
  const manager = managerOn(client);
  const now = await readServiceTime(manager);
  const { rows, total } = await findOpenRecordConflicts(manager, now, setPartner, maxListed);
  const toProblem = ({ line, column, requestId }: (typeof rows)[number]) => {
    const what = column === "customer_number" ? "customer" : "partner of record";
    const message = `the ${what} of an account can't change while request ${requestId} is open on it`;
    return { file: "billing_accounts.csv", line, column, message };
  };
  problems.addAll(rows.map(toProblem), total);
}

/**
 * Writes the staged rows. New rows come first: they lock nothing that exists. Then it locks what changes, settles
 * what is due with the old directory, updates, and settles with the new one. Returns the counts by file name, or null
 * after adding the problems that came up since the rows were checked.
 */
export async function writeDirectory(
  files: readonly (ImportFile & { readonly rows: number })[],
  writing: Writing,
  problems: ImportProblems,
): Promise<Map<string, RowCounts> | null> {
  const { client, dryRun, setPartner, mailDomain, onProgress } = writing;
  const inserted = new Map<string, number>();
  for (const { name, table, rows } of files) {
    onProgress?.({ file: name, phase: "loading", rows, bytesRead: 0, totalBytes: 0 });
    await findChanged(client, table, setPartner);
    inserted.set(name, await insertNew(client, table));
  }
  const counts = new Map<string, RowCounts>();
  const write = async (change: typeof updateChanged, remove: typeof removeEnded) => {
    for (const { name, table } of files) {
      const updated = await change(client, table, setPartner);
      counts.set(name, { inserted: inserted.get(name) ?? 0, updated, removed: await remove(client, table) });
    }
  };
  if (dryRun) {
    await write(countChanged, countEnded);
    return counts;
  }
  const manager = managerOn(client);
  const touched = await lockTouched(manager, await readServiceTime(manager));
  await findConflicts(writing, problems);
  if (problems.count > 0) return null;
  const now = await readServiceTime(manager);
  const context = settlingAt(now, mailDomain);
  await settleLocked(manager, touched, context);
  await write(updateChanged, removeEnded);
  const recordIds = touched.map(({ id }) => id);
  if (recordIds.length > 0) await settleLocked(manager, await lockRecords(manager, null, { recordIds }), context, now);
  return counts;
}

/** Expiry and completion send no invitations and use no period of the policy. */
function settlingAt(now: Date, mailDomain: string): Deciding {
  const clock = { now: () => now, instant: sql`${now}::timestamptz` };
  return { clock, policy: defaultPolicy, mailDomain, invitationsPerHour: Infinity };
}
