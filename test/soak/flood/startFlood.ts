import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageFolder } from "../../../src/paths";
import type { Flood, Outcomes } from "./hostile";

export interface RunningFlood {
  readonly pid: number;
  report(): Promise<Outcomes>;
  stop(): Promise<void>;
}

/** Starts the hostile clients in a process of their own, so that they don't hold up whoever measures. */
export function startFlood(flood: Flood): RunningFlood {
  const child = fork(join(__dirname, "hostile.ts"), {
    execArgv: ["--require", join(packageFolder, "test/support/jest/registerTypeScript.js")],
  });
  const gone = once(child, "exit");
  child.send(flood);
  return {
    pid: child.pid ?? 0,
    async report() {
      const answer = once(child, "message");
      child.send("report");
      return (await answer)[0] as Outcomes;
    },
    async stop() {
      child.send("stop");
      await gone;
    },
  };
}
