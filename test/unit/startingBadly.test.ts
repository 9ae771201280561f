import type { Command } from "commander";
import { migrateCommand } from "../../src/cli/migrateCommand";
import { serveCommand } from "../../src/cli/serveCommand";
import { workerCommand } from "../../src/cli/workerCommand";
import { startDev } from "../../src/dev/startDev";

/** What somebody is told whose environment names what is not there. */

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

test.each([
  ["PORT", "abc", /PORT must be a port/],
  ["PORT", "80000", /PORT must be a port/],
  ["COCP_EXPIRE_DAYS", "-1", /COCP_EXPIRE_DAYS must be/],
  ["NODE_ENV", "production", /SANDBOX .*NODE_ENV=production/],
])("changeover dev with %s=%s says so by name, before anything starts", async (name, value, message) => {
  process.env[name] = value;
  const begun: string[] = [];
  const starting = startDev({ fresh: false, onProgress: (what) => void begun.push(what) });
  await expect(starting).rejects.toThrow(message);
  expect(begun).toEqual([]);
});

const usable = {
  SMTP_URL: "smtp://127.0.0.1:1",
  MAIL_FROM: "changeover@changeover.example",
  AUTH_ISSUER: "http://127.0.0.1:1/",
  AUTH_AUDIENCE: "changeover",
  FORM_URL_SECRET: "s".repeat(32),
};
const commands: [string, () => Command, string[]][] = [
  ["serve", serveCommand, []],
  ["worker", workerCommand, []],
  ["migrate", migrateCommand, []],
  ["migrate status", migrateCommand, ["status"]],
  ["migrate down", migrateCommand, ["down"]],
];

test.each(commands)(
  "changeover %s names the variable and the cure when no database answers",
  async (_name, create, args) => {
    Object.assign(process.env, usable, { DATABASE_URL: "postgres://127.0.0.1:1/changeover" });
    await expect(create().parseAsync(args, { from: "user" })).rejects.toThrow(
      /^cannot connect to the database of DATABASE_URL: .*ECONNREFUSED.* Cure: start PostgreSQL, /,
    );
  },
);
