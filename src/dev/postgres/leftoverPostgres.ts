import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EmbeddedPostgresError } from "./embeddedPostgresError";
import { processInfo, signal, waitUntilGone, type ProcessInfo } from "./processes";

/**
 * Makes sure that no server runs on the data. One that another living process owns is left alone: EmbeddedPostgresError
 * names that process. One whose owner died is awaited or stopped, and a postmaster.pid whose number now belongs to some
 * other program, which would stop PostgreSQL from starting, is removed.
 */
export async function stopLeftoverPostgres(data: string): Promise<void> {
  const server = await findServer(data);
  if (server === null) return;
  const keeper = processInfo(server.parent);
  const owner = /^changeover-keeper of process (\d+)/.exec(keeper?.command ?? "")?.[1];
  if (keeper && owner !== undefined && keeper.parent === Number(owner)) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL in ${data} is in use by process ${owner}: stop that one, or start this copy from another folder.`,
    );
  }
  if (owner !== undefined && (await waitUntilGone(server.pid, 12_000))) return; // its keeper is stopping it
  for (const name of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    signal(server.pid, name);
    if (await waitUntilGone(server.pid, 5_000)) return;
  }
  throw new EmbeddedPostgresError(
    `The PostgreSQL left running in ${data} (process ${server.pid}) does not stop: end it.`,
  );
}

/** Milliseconds in which a server that starts fills the lock file that it has made. */
const fillingTime = 1_000;

/**
 * The lines of a lock file. One without a process id, which a power failure may leave, keeps PostgreSQL from starting
 * and is removed.
 */
async function readLockFile(file: string): Promise<string[]> {
  const read = async () => await readFile(file, "utf8").catch(() => null);
  const isFilled = (text: string | null) => text === null || /^-?\d+\n/.test(text);
  let text = await read();
  if (!isFilled(text)) {
    await pause(fillingTime);
    text = await read();
    if (!isFilled(text)) await rm(file, { force: true });
  }
  return isFilled(text) ? (text ?? "").split("\n") : [];
}

/** Whether a word of a command line, except the last one, names PostgreSQL. */
function isPostgres(command: string): boolean {
  return command
    .split(" ")
    .slice(0, -1)
    .some((word) => word.includes("postgres"));
}

async function findServer(data: string): Promise<(ProcessInfo & { readonly pid: number }) | null> {
  const file = join(data, "postmaster.pid");
  const [pid, itsData] = await readLockFile(file);
  const info = pid ? processInfo(Number(pid)) : null;
  if (info === null) return null; // PostgreSQL itself copes with the file of a dead process
  if (itsData && isPostgres(info.command) && info.command.includes(itsData)) return { ...info, pid: Number(pid) };
  await rm(file, { force: true });
  return null;
}
