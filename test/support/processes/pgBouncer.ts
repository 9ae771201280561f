import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../system/support";
import { endWithTests } from "./endWithTests";
import { isInstalled } from "./isInstalled";

const program = "/usr/sbin/pgbouncer";

/** Whether PgBouncer is installed: see isInstalled. */
export function hasPgBouncer(): boolean {
  return isInstalled(program, "pgbouncer");
}

export interface PgBouncer {
  /** The database's URL, through the pooler. */
  readonly url: string;
  /** What it logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts PgBouncer in session mode before a database, with its defaults otherwise. Rejects when it does not start. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), "changeover-pgbouncer-"));
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  await writeFile(file, configuration(new URL(databaseUrl), port));
  await chmod(folder, 0o755); // PgBouncer refuses to run as root
  const child = endWithTests(
    spawn(program, [file], { stdio: ["ignore", "ignore", "pipe"], ...(process.getuid?.() === 0 && { uid: 65_534 }) }),
  );
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (line.includes("process up")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`pgbouncer ended with ${code}:\n${lines.join("\n")}`)));
  });
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    log: () => lines.join("\n"),
    async stop() {
      const gone = once(child, "exit");
      if (child.exitCode === null && child.kill("SIGKILL")) await gone;
      await rm(folder, { recursive: true });
    },
  };
}

function configuration({ hostname, port, pathname, username, password }: URL, poolerPort: number): string {
  const database = pathname.slice(1);
  const secret = password === "" ? "" : ` password=${decodeURIComponent(password)}`;
  const login = `user=${decodeURIComponent(username)}${secret}`;
  return `[databases]
${database} = host=${hostname} port=${port || "5432"} dbname=${database} ${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${poolerPort}
auth_type = any
unix_socket_dir =
pool_mode = session
`;
}
