import { ConfigError, readConfig } from "../../src/config";

const good = {
  DATABASE_URL: "postgres://changeover:secret@db.example.com/changeover",
  SMTP_URL: "smtps://user:secret@mail.example.com",
  MAIL_FROM: "changeover@example.com",
  AUTH_ISSUER: "https://login.example.com",
  AUTH_AUDIENCE: "changeover",
  FORM_URL_SECRET: "0123456789abcdef0123456789abcdef",
};

/** What is said of an environment that can't be used. */
function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig({ ...good, ...environment });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

test("needs no more than what has no default, and has the policy of the reference document", () => {
  const config = readConfig(good);
  expect(config).toMatchObject({ host: "127.0.0.1", port: 4000, publicUrl: "http://127.0.0.1:4000", sandbox: false });
  expect(config).toMatchObject({ playground: false, allowedOrigins: ["http://127.0.0.1:4000"], dkim: null });
  expect(config.policy).toMatchObject({
    respondDays: 10,
    expireDays: 30,
    effectiveDays: 90,
    reminderDays: [3, 7, 9, 20, 27],
  });
});

test("a day on which to remind that is named twice is one", () => {
  expect(readConfig({ ...good, COCP_REMINDER_DAYS: "3, 7,3" }).policy.reminderDays).toEqual([3, 7]);
});

test("an IPv6 address stands in brackets in a URL", () => {
  const config = readConfig({ ...good, HOST: "::1" });
  expect(config).toMatchObject({ publicUrl: "http://[::1]:4000", allowedOrigins: ["http://[::1]:4000"] });
});

test("tells all that is missing at once, by name", () => {
  const missing = problemsOf(Object.fromEntries(Object.keys(good).map((name) => [name, ""])));
  expect(missing.map((problem) => problem.split(" ")[0])).toEqual(Object.keys(good));
});

test.each([
  ["a database that is not PostgreSQL", { DATABASE_URL: "mysql://db.example.com/x" }, "DATABASE_URL"],
  ["a port that is no number", { PORT: "http" }, "PORT"],
  ["a short secret", { FORM_URL_SECRET: "short" }, "FORM_URL_SECRET"],
  ["reminder days that are no days", { COCP_REMINDER_DAYS: "3;7" }, "COCP_REMINDER_DAYS"],
  ["a reminder on the day of submission", { COCP_REMINDER_DAYS: "0,3" }, "COCP_REMINDER_DAYS"],
  ["a period without a day", { COCP_EXPIRE_DAYS: "0" }, "COCP_EXPIRE_DAYS"],
  ["an origin with a path", { ALLOWED_ORIGINS: "https://a.example,https://b.example/" }, "ALLOWED_ORIGINS"],
  ["a DKIM key that is none", { DKIM_SELECTOR: "x", DKIM_PRIVATE_KEY: "PRIVATE KEY" }, "DKIM_PRIVATE_KEY"],
  ["advice after the end", { COCP_RESPOND_DAYS: "31" }, "COCP_RESPOND_DAYS"],
  ["a sandbox in production", { SANDBOX: "on", NODE_ENV: "production" }, "SANDBOX"],
  ["trusted documents without their file", { TRUSTED_DOCUMENTS: "only" }, "TRUSTED_DOCUMENTS_FILE"],
  ["a mode of trusted documents that is none", { TRUSTED_DOCUMENTS: "yes" }, "TRUSTED_DOCUMENTS"],
  ["half of a DKIM key", { DKIM_SELECTOR: "changeover" }, "DKIM_SELECTOR"],
])("refuses %s by name", (_what, environment: NodeJS.ProcessEnv, name) => {
  const problems = problemsOf(environment);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${name} (must|lets|and) `));
});

test("never tells a secret", () => {
  const secrets = problemsOf({
    FORM_URL_SECRET: "hunter2",
    SMTP_URL: "http://user:hunter2@mail",
    DATABASE_URL: "x:hunter2",
  });
  expect(secrets.join("\n")).not.toContain("hunter2");
});

test("a sandbox has the playground; in production only on explicit word", () => {
  expect(readConfig({ ...good, SANDBOX: "on" })).toMatchObject({ sandbox: true, playground: true });
  expect(readConfig({ ...good, SANDBOX: "yes-really", NODE_ENV: "production" })).toMatchObject({ sandbox: true });
  expect(readConfig({ ...good, SANDBOX: "on", PLAYGROUND: "off" })).toMatchObject({ playground: false });
});
