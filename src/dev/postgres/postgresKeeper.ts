import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** A program for the keeper to run: initdb, or the server itself. */
export interface KeptCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** User that runs it; the keeper's own user if absent. */
  readonly uid?: number;
  readonly gid?: number;
}

/** How a kept program ended; `errors` is the end of what it wrote to standard error. */
export interface KeptExit {
  readonly code: number | null;
  readonly errors: string;
}

type Report = { readonly pid: number } | KeptExit;

/**
 * The keeper's process. It runs from the text of this function, by `node -e`, so that it is the same from `dist/` and
 * from the sources under a test runner. So it uses nothing from outside the function, and loads modules by name.
 *
 * It runs one program at a time, by JSON lines on standard input. When that input closes, which the kernel does even
 * if the owner is killed with -9, it stops the program, deletes the temporary folders and exits.
 */
function keep(): void {
  const [owner, folders] = process.argv.slice(1);
  process.title = `changeover-keeper of process ${owner}`;
  const temporary: string[] = JSON.parse(folders ?? "[]");
  const { spawn: start } = process.getBuiltinModule("node:child_process");
  const { rmSync } = process.getBuiltinModule("node:fs");
  const lines = process.getBuiltinModule("node:readline").createInterface({ input: process.stdin });
  let child: ChildProcess | undefined;
  let ending = false;

  const leave = () => {
    for (const folder of temporary) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit();
  };
  const end = () => {
    if (ending) return;
    ending = true;
    if (child === undefined) return leave();
    child.kill("SIGINT"); // to PostgreSQL: a fast shutdown
    setTimeout(() => child?.kill("SIGQUIT"), 5_000); // an immediate one
    setTimeout(() => child?.kill("SIGKILL"), 10_000);
  };
  const report = (message: Report) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const run = ({ file, args, ...options }: KeptCommand) => {
    let errors = "";
    const started = start(file, args, { ...options, stdio: ["ignore", "ignore", "pipe"], windowsHide: true });
    child = started;
    started.stderr.on("data", (chunk) => (errors = (errors + chunk).slice(-8_192)));
    started.on("spawn", () => started.pid !== undefined && report({ pid: started.pid }));
    started.on("error", (error) => (errors += error.message));
    started.on("close", (code) => {
      child = undefined;
      report({ code, errors });
      if (ending) leave();
    });
  };

  process.stdout.on("error", () => {}); // nobody reads the reports of a keeper without an owner
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  lines.on("close", end);
  lines.on("line", (line) => {
    if (ending) return;
    try {
      run(JSON.parse(line));
    } catch (error) {
      report({ code: null, errors: String(error) });
    }
  });
}

/**
 * The owner's end of a process that runs PostgreSQL's programs and never outlives its owner, nor lets them do so. It
 * has a session of its own: the Ctrl-C of a terminal reaches neither it nor PostgreSQL.
 */
export class PostgresKeeper {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #onReport: (report: Report) => void = () => {};
  #clean = false;

  /** Starts it. The `temporary` folders are deleted when it ends, however its owner ended. */
  constructor(temporary: readonly string[]) {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const args = ["-e", `(${keep.toString()})()`, String(process.pid), JSON.stringify(temporary)];
    const child = spawn(process.execPath, args, {
      detached: true,
      env,
      cwd: "/",
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("close", () => resolve()));
    child.on("error", (error) => this.#onReport({ code: null, errors: error.message }));
    child.on("exit", (code) => {
      this.#clean = code === 0;
      this.#onReport({ code, errors: "The keeper of PostgreSQL has died." });
    });
    child.stdin.on("error", () => {});
    createInterface({ input: child.stdout }).on("line", (line) => this.#onReport(JSON.parse(line)));
  }

  /** Its process id; alive until `end`. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("The keeper of PostgreSQL could not start.");
    return this.#child.pid;
  }

  /** Runs a program, one at a time, and tells how it ended; `onStarted` gets its process id, if it could start. */
  run(command: KeptCommand, onStarted?: (pid: number) => void): Promise<KeptExit> {
    return new Promise((resolve) => {
      this.#onReport = (report) => ("pid" in report ? onStarted?.(report.pid) : resolve(report));
      this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    });
  }

  /** From now on the keeper does not keep its owner's event loop alive. */
  unref(): void {
    this.#child.unref();
    for (const pipe of [this.#child.stdin, this.#child.stdout]) {
      if (pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
    }
  }

  /** Stops what runs and the keeper. False when the keeper had been killed, and may have left its program running. */
  async end(): Promise<boolean> {
    this.#child.ref();
    this.#child.stdin?.end();
    await this.#exited;
    return this.#clean;
  }
}
