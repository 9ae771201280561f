import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "../errorCode";

export interface KeptFileOptions {
  /** Whether the text is a whole one: a power failure may have cut it off. */
  isWhole(text: string): boolean | Promise<boolean>;
  make(): string | Promise<string>;
}

/**
 * The text of a file that stays the same between starts. It is made when it is missing, and made anew when it is
 * broken.
 */
export async function readKeptFile(path: string, { isWhole, make }: KeptFileOptions): Promise<string> {
  const found = await readIfThere(path);
  if (found !== null && (await isWhole(found))) return found;
  if (found !== null) await rm(path, { force: true });
  const beside = await writeBeside(path, await make());
  try {
    await link(beside, path); // fails when another start was faster: its text counts
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  } finally {
    await rm(beside, { force: true });
  }
  await syncFolder(dirname(path));
  return await readFile(path, "utf8");
}

/** Writes a file so that it is there whole or as it was before, whenever the power fails. */
export async function writeWhole(path: string, content: string | Buffer): Promise<void> {
  await rename(await writeBeside(path, content), path);
  await syncFolder(dirname(path));
}

/** Writes the content to a file beside the path, readable by this user alone, and gives the name of that file. */
async function writeBeside(path: string, content: string | Buffer): Promise<string> {
  const beside = `${path}.${randomUUID()}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  return beside;
}

/** Makes names in a folder last. Some systems cannot open folders: there names last as they do. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  if (folder === null) return;
  await folder.sync().catch(() => undefined);
  await folder.close();
}

async function readIfThere(path: string): Promise<string | null> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
}
