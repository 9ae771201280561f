import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { removeDevFolder } from "../../support/processes/removeDevFolder";

/** A Changeover with demo people, to be looked at with a browser. */
export interface RunningServer {
  /** Without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

const root = join(__dirname, "../../..");

/**
 * Starts the compiled `changeover dev` on a free port, with data of its own. With CHANGEOVER_URL the tests use
 * the server that runs there instead.
 */
export async function startServer(): Promise<RunningServer> {
  const running = process.env["CHANGEOVER_URL"];
  if (running) return { url: running.replace(/\/$/, ""), stop: async () => {} };

  const folder = await mkdtemp(join(tmpdir(), "changeover-browser-"));
  const server = spawn(process.execPath, [join(root, "dist/src/main.js"), "dev"], {
    cwd: folder,
    env: { ...process.env, HOST: "127.0.0.1", PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(server, "exit");
  const output: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    for (const stream of [server.stdout, server.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        output.push(line);
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (found) resolve(found[0]);
      });
    }
    server.on("error", reject);
    void exited.then(() => reject(new Error(`changeover dev ended at once:\n${output.join("\n")}`)));
  });
  const stop = async () => {
    server.kill("SIGTERM");
    await exited;
    await removeDevFolder(folder);
  };
  return url.then(
    (address) => ({ url: address, stop }),
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );
}
