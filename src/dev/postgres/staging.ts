import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../keptFile";
import { processInfo } from "./processes";

/**
 * A new folder beside `target` in which to prepare it, so that it appears finished or not at all. Named for the process
 * `maker`, which lives until it is finished: what dead makers left is removed.
 */
export async function openStaging(target: string, maker: number): Promise<string> {
  const prefix = `${basename(target)}.new-`;
  for (const name of await readdir(dirname(target))) {
    const abandoned = name.startsWith(prefix) && processInfo(Number(name.slice(prefix.length))) === null;
    if (abandoned) await rm(join(dirname(target), name), { recursive: true, force: true });
  }
  const staging = join(dirname(target), `${prefix}${maker}`);
  await mkdir(staging, { mode: 0o700 });
  return staging;
}

/** Renames the finished folder to its target. An existing target, made by another process, is kept. */
export async function settle(staging: string, target: string): Promise<void> {
  try {
    await rename(staging, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    if (!(await stat(target).catch(() => null))) throw error;
  }
}
