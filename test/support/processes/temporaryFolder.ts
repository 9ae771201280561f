import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Names a folder that goes with the tests' PostgreSQL, however the run ends: Ctrl-C and kill -9 included. */
export const folderVariable = "CHANGEOVER_TEST_FOLDER";

/** A new folder for a test, which deletes it at its end. */
export async function temporaryFolder(): Promise<string> {
  return await mkdtemp(join(process.env[folderVariable] ?? tmpdir(), "changeover-test-"));
}
