import { readdir } from "node:fs/promises";
import { processInfo, signal, waitUntilGone } from "../../../src/dev/postgres/processes";
import { withClient } from "../api/testServer";

/**
 * Ends a PostgreSQL of this machine as the loss of its processes does: postmaster and children with -9, none of them
 * left to tidy up. The URL must be that of a superuser. Resolves when all are gone.
 */
export async function killPostgres(url: string): Promise<void> {
  const postmaster = await withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return processInfo(rows[0]?.pid ?? 0)?.parent;
  });
  if (postmaster === undefined) throw new Error("PostgreSQL does not run on this machine, or can't be looked at");
  signal(postmaster, "SIGSTOP"); // no more children
  const doomed = [postmaster, ...(await childrenOf(postmaster))];
  for (const pid of doomed) signal(pid, "SIGKILL");
  for (const pid of doomed) {
    if (!(await waitUntilGone(pid, 10_000))) throw new Error(`Process ${pid} of PostgreSQL outlives its kill -9`);
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => processInfo(pid)?.parent === parent);
}
