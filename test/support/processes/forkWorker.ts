import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface WorkerProcessOptions {
  readonly databaseUrl: string;
  readonly smtpUrl: string;
}

/** Starts a worker in a process of its own, which can be killed. Resolves when it takes jobs. */
export async function forkWorker(
  options: WorkerProcessOptions,
  environment: NodeJS.ProcessEnv = {},
): Promise<ChildProcess> {
  const worker = fork(join(__dirname, "workerProcess.ts"), [JSON.stringify(options)], {
    execArgv: ["--require", join(__dirname, "../jest/registerTypeScript.js")],
    env: { ...process.env, ...environment },
  });
  await once(worker, "message");
  return worker;
}
