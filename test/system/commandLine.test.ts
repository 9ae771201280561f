import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { join } from "node:path";
import { packageFolder } from "../../src/paths";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";

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

describe("a failed start", () => {
  let database: TestDatabase;
  const silent = createServer();
  const sockets = new Set<Socket>();
  silent.on("connection", (socket) => void sockets.add(socket.on("error", () => {})));
  beforeAll(async () => {
    database = await createTestDatabase();
    await once(silent.listen(0, "127.0.0.1"), "listening");
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    await database.drop();
  });

  test.each([
    ["a taken port", (port: number) => ({ PORT: String(port) }), /^changeover: port \d+ on 127\.0\.0\.1 is taken/],
    [
      "a host that is not there",
      () => ({ HOST: "no.such.host.invalid" }),
      /^changeover: HOST no\.such\.host\.invalid /,
    ],
    ["a Redis that is not one", () => ({ REDIS_URL: "redis://redis.example.com/x" }), /^ {2}REDIS_URL must /m],
  ])("on %s beside a silent Redis says so and ends, with nothing left open", async (_what, change, message) => {
    const { port } = silent.address() as AddressInfo;
    const { code, stderr } = await shell("$PROGRAM serve", {
      DATABASE_URL: database.url,
      REDIS_URL: `redis://127.0.0.1:${port}`,
      SMTP_URL: "smtp://127.0.0.1:1",
      MAIL_FROM: "changeover@example.com",
      AUTH_ISSUER: "http://127.0.0.1:1",
      AUTH_AUDIENCE: "changeover",
      FORM_URL_SECRET: "s".repeat(32),
      LOG_LEVEL: "error",
      ...change(port),
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
