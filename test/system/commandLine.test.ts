import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { join } from "node:path";
import { packageFolder } from "../../src/paths";

/** What the compiled command line does where its surroundings are not as they should be. */

const run = promisify(execFile);
const program = join(packageFolder, "dist/src/main.js");

/** What a shell line printed, and its exit code. `$PROGRAM` is the command line. */
async function shell(line: string, environment: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PROGRAM: `${process.execPath} ${program}`, ...environment };
  return await run("bash", ["-c", line], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}

test.each(["--help", "schema", "migrate --help", "import --help"])(
  "%s ends quietly when its reader leaves",
  async (command) => {
    const { code, stderr } = await shell(`set -o pipefail; $PROGRAM ${command} | true`);
    expect([code, stderr]).toEqual([0, ""]);
  },
);

test.each(["--help", "--version", "schema", "doctor"])("%s says in one line that the disk is full", async (command) => {
  const { code, stderr } = await shell(`$PROGRAM ${command} > /dev/full`);
  expect([code, stderr]).toEqual([1, "changeover: cannot write the output (ENOSPC)\n"]);
});

test("nothing is read from the environment before a command runs, and then a wrong level of the log has its name", async () => {
  const environment = { LOG_LEVEL: "verbose", DATABASE_URL: "postgres://127.0.0.1:1/changeover" };
  expect(await shell("$PROGRAM --version", environment)).toMatchObject({ code: 0, stdout: "0.1.0\n", stderr: "" });
  for (const command of ["migrate", "migrate status", "import demo", "serve", "worker", "dev"]) {
    const { code, stderr } = await shell(`$PROGRAM ${command}`, environment);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^ {2}LOG_LEVEL must be one of fatal, error, /m)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
});
