import { spawn, type ChildProcess } from "node:child_process";

/** Keeps a list of process ids, "+ 12" and "- 12", and kills what is on it when its input closes. */
const program = `
  while read -r sign pid; do
    if [ "$sign" = + ]; then all="$all $pid"; continue; fi
    left=; for one in $all; do [ "$one" = "$pid" ] || left="$left $one"; done; all=$left
  done
  [ -z "$all" ] || kill -9 $all`;

let killer: ChildProcess | null = null;

function tellKiller(line: string): void {
  if (killer === null) {
    killer = spawn("sh", ["-c", program], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    killer.unref();
    killer.stdin?.on("error", () => {});
    if (killer.stdin && "unref" in killer.stdin) (killer.stdin as unknown as { unref(): void }).unref();
  }
  killer.stdin?.write(`${line}\n`);
}

/**
 * Kills a process that a test started when the process of the tests ends, however it does: the kernel closes its
 * pipes.
 */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  if (child.pid === undefined) return child;
  const { pid } = child;
  tellKiller(`+ ${pid}`);
  child.once("exit", () => tellKiller(`- ${pid}`));
  return child;
}
