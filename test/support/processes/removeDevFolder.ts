import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findPostgresPlace } from "../../../src/dev/postgres/postgresPlace";

/**
 * Deletes a folder that `changeover dev` ran in and has stopped in, and its database, which root's may keep
 * elsewhere.
 */
export async function removeDevFolder(folder: string): Promise<void> {
  const place = await findPostgresPlace(join(folder, ".changeover/postgres"));
  for (const used of [place.folder, folder]) await rm(used, { recursive: true, force: true });
}
