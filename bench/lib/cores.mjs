// Which core a process may use, and what it has used of it. Linux only.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** The server's core; load and database have the others. */
const serverCore = "0";
const otherCores = cpus().length > 2 ? `1-${cpus().length - 1}` : "1";

export function needTwoCores() {
  if (process.platform === "linux" && cpus().length > 1) return;
  throw new Error("A bench needs Linux and two cores: one for the server, one for the load and the database.");
}

/** Puts this process, and all that it starts from now on, beside the server. */
export function stayBesideServer() {
  pin(process.pid, otherCores);
}

export function pinToServerCore(pid) {
  pin(pid, serverCore);
}

/** A command with its arguments, to be run on the server's core. */
export function onServerCore(command, args) {
  return ["taskset", ["-c", serverCore, command, ...args]];
}

function pin(pid, cores) {
  execFileSync("taskset", ["-a", "-p", "-c", cores, String(pid)], { stdio: "ignore" });
}

/** Microseconds of processor that a process has used, in ticks of 10 ms. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Bytes of memory that a process holds. */
export function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}
