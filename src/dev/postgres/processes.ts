import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { errorCode } from "../../errorCode";

/** Another process of this machine. */
export interface ProcessInfo {
  readonly parent: number;
  readonly command: string;
}

/** The program of a process id, from /proc or `ps`; null when there is no such process or the system cannot say. */
export function processInfo(pid: number): ProcessInfo | null {
  try {
    if (process.platform === "linux") {
      const [, state, parent] = /^.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      return parent === undefined || state === "Z" ? null : { parent: Number(parent), command };
    }
    const [, parent, command] =
      /^\s*(\d+) (.*)$/s.exec(execFileSync("ps", ["-o", "ppid=,command=", "-p", String(pid)], { encoding: "utf8" })) ??
      [];
    return parent === undefined ? null : { parent: Number(parent), command: command ?? "" };
  } catch {
    return null;
  }
}

/** Waits until the process is gone. False when it still exists after `milliseconds`. */
export async function waitUntilGone(pid: number, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await pause(20)) {
    if (processInfo(pid) === null) return true;
  }
  return processInfo(pid) === null;
}

/** Signals a process, which may have ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}
