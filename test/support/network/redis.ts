import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { endWithTests } from "../processes/endWithTests";
import { isInstalled } from "../processes/isInstalled";
import { freePort } from "../../system/support";

/** Whether Redis is installed: see isInstalled. */
export function hasRedis(): boolean {
  return isInstalled("redis-server", "redis-server");
}

/** A Redis of the test's own, on a free port, that keeps nothing. */
export interface TestRedis {
  readonly url: string;
  /** Starts it again on the same port, after `kill`. */
  start(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Stops answering, with its connections open. */
  pause(): void;
  stop(): Promise<void>;
}

/** Starts Redis. Rejects when it does not come up. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server: ChildProcess | null = null;
  const start = async () => {
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const child = endWithTests(spawn("redis-server", settings, { stdio: ["ignore", "pipe", "inherit"] }));
    server = child;
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => line.includes("Ready to accept") && resolve());
      child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
    });
  };
  const kill = async () => {
    if (server === null) return;
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
    server = null;
  };
  await start();
  return { url: `redis://127.0.0.1:${port}`, start, kill, pause: () => void server?.kill("SIGSTOP"), stop: kill };
}
