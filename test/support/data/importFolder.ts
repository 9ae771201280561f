import type { ClientBase } from "pg";
import {
  importDirectory,
  type ImportOptions,
  type ImportReport,
} from "../../../src/services/directoryImport/importDirectory";

/** Imports the files of a folder on a connection. */
export async function importFolder(
  client: ClientBase,
  directory: string,
  options: Partial<Pick<ImportOptions, "dryRun" | "setPartner">> = {},
): Promise<ImportReport> {
  const usual = { dryRun: false, setPartner: false, mailDomain: "changeover.example", redisUrl: null };
  return await importDirectory({ ...usual, client, directory, ...options });
}
