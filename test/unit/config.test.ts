import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../src/paths";
import { ConfigError, readConfig, readDatabaseConfig } from "../../src/config";

const good = {
  DATABASE_URL: "postgres://changeover:secret@db.example.com/changeover",
  SMTP_URL: "smtps://user:secret@mail.example.com",
  MAIL_FROM: "changeover@example.com",
  AUTH_ISSUER: "https://login.example.com",
  AUTH_AUDIENCE: "changeover",
  FORM_URL_SECRET: "0123456789abcdef0123456789abcdef",
};

const inProduction = {
  NODE_ENV: "production",
  CUSTOMER_PORTAL_URL: "https://portal.example.com/{requestId}",
  PARTNER_PORTAL_URL: "https://partner.example.com/#/requests/{requestId}",
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

/** Variables with a default in the table of docs/operations.md. */
const page = readFileSync(join(packageFolder, "docs/operations.md"), "utf8");
const documented = [...page.matchAll(/^\| (`[A-Z][A-Z_`, ]+`) +\| (`[^|]+`)[^|]*\|/gm)].flatMap(
  ([, names = "", defaults = ""]) => {
    const values = [...defaults.matchAll(/`([^`]+)`/g)].map(([, value]) => value);
    return [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""], index) => [name, values[index] ?? ""] as const);
  },
);

test("docs/operations.md has a default for most variables", () => expect(documented.length).toBeGreaterThan(20));

test.each(documented)("%s is %s by default, as docs/operations.md says", (name, value) => {
  const given = name === "PUBLIC_URL" ? "http://127.0.0.1:4000" : value;
  expect(readConfig({ ...good, [name]: given })).toEqual(readConfig(good));
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
  ["a sandbox in production", { ...inProduction, SANDBOX: "on" }, "SANDBOX"],
  ["trusted documents without their file", { TRUSTED_DOCUMENTS: "only" }, "TRUSTED_DOCUMENTS_FILE"],
  ["a mode of trusted documents that is none", { TRUSTED_DOCUMENTS: "yes" }, "TRUSTED_DOCUMENTS"],
  ["half of a DKIM key", { DKIM_SELECTOR: "changeover" }, "DKIM_SELECTOR"],
  ["a level of the log that there is not", { LOG_LEVEL: "verbose" }, "LOG_LEVEL"],
  ["a limit of 0, which could be no limit or none allowed", { RATE_LIMIT_POINTS: "0" }, "RATE_LIMIT_POINTS"],
  ["a number in another notation", { PORT: "0x10" }, "PORT"],
  ["a number with a sign", { TRUSTED_PROXIES: "+1" }, "TRUSTED_PROXIES"],
  ["a number with an exponent", { RATE_LIMIT_LOOKUPS: "1e3" }, "RATE_LIMIT_LOOKUPS"],
  ["a number with a blank in it", { DATABASE_POOL_SIZE: "1 0" }, "DATABASE_POOL_SIZE"],
  ["a blank among the reminder days", { COCP_REMINDER_DAYS: "3,,7" }, "COCP_REMINDER_DAYS"],
  ["a share of traces beyond all", { OTEL_TRACES_SAMPLER_ARG: "1.5" }, "OTEL_TRACES_SAMPLER_ARG"],
  ["a public URL with a query", { PUBLIC_URL: "https://a.example/?x=1" }, "PUBLIC_URL"],
  ["a public URL with an empty query", { PUBLIC_URL: "https://a.example/?" }, "PUBLIC_URL"],
  ["a public URL with a fragment", { PUBLIC_URL: "https://a.example/#x" }, "PUBLIC_URL"],
  ["a public URL with credentials", { PUBLIC_URL: "https://u:hunter2@a.example" }, "PUBLIC_URL"],
  ["a public URL of another scheme", { PUBLIC_URL: "ftp://a.example" }, "PUBLIC_URL"],
  ["a public URL without slashes", { PUBLIC_URL: "https:a.example" }, "PUBLIC_URL"],
  ["a public URL in two lines", { PUBLIC_URL: "https://a.example/\nx" }, "PUBLIC_URL"],
  ["an issuer with a query", { AUTH_ISSUER: "https://login.example.com/?p=x" }, "AUTH_ISSUER"],
  ["an issuer with credentials", { AUTH_ISSUER: "https://u:p@login.example.com" }, "AUTH_ISSUER"],
  ["keys with credentials", { AUTH_JWKS_URL: "https://u:p@login.example.com/keys" }, "AUTH_JWKS_URL"],
  ["a Redis with a path", { REDIS_URL: "redis://redis.example.com/sessions" }, "REDIS_URL"],
  ["a Redis with a query", { REDIS_URL: "redis://redis.example.com/?db=1" }, "REDIS_URL"],
  ["a Redis with a port that there is not", { REDIS_URL: "redis://redis.example.com:99999" }, "REDIS_URL"],
  ["a mail server with a path", { SMTP_URL: "smtp://mail.example.com/inbox" }, "SMTP_URL"],
  ["a mail server with a fragment", { SMTP_URL: "smtp://u:a#b@mail.example.com" }, "SMTP_URL"],
  ["a mail server without a host", { SMTP_URL: "smtp://" }, "SMTP_URL"],
  ["databases on several hosts", { DATABASE_URL: "postgres://a:b@h1:5432,h2:5432/db" }, "DATABASE_URL"],
  ["a password with a bare %", { DATABASE_URL: "postgres://a:5%@db.example.com/db" }, "DATABASE_URL"],
  ["an origin with credentials", { ALLOWED_ORIGINS: "https://u:p@a.example" }, "ALLOWED_ORIGINS"],
  [
    "a collector with a query",
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318/?x" },
    "OTEL_EXPORTER_OTLP_ENDPOINT",
  ],
])("refuses %s by name", (_what, environment: NodeJS.ProcessEnv, name) => {
  const problems = problemsOf(environment);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${name} (must|lets|and) `));
});

test.each(["CUSTOMER_PORTAL_URL", "PARTNER_PORTAL_URL"])(
  "production needs %s, over TLS; elsewhere it may be missing",
  (name) => {
    expect(problemsOf(inProduction)).toEqual([]);
    expect(problemsOf({ ...inProduction, [name]: " " })).toEqual([
      expect.stringMatching(`^${name} must name the page`),
    ]);
    expect(problemsOf({ ...inProduction, [name]: "http://a.example/{requestId}" })).toEqual([
      expect.stringMatching(`^${name} must be an https URL`),
    ]);
    expect(readConfig(good).portals).toEqual({ customer: null, partner: null, operations: null });
  },
);

test.each([
  "https://a.example/",
  "a.example/{requestId}",
  "https://{requestId}.example/",
  "https://u:p@a.example/{requestId}",
  "ftp://a.example/{requestId}",
])("%s is not the page of each request", (url) => {
  for (const name of ["CUSTOMER_PORTAL_URL", "PARTNER_PORTAL_URL", "OPERATIONS_PORTAL_URL"]) {
    expect(problemsOf({ [name]: url })).toEqual([
      expect.stringMatching(`^${name} must be a URL with {requestId} in it`),
    ]);
  }
});

test("email is held after 24 hours, in a sandbox never, and 0 hours are refused", () => {
  expect(readConfig(good).mailHoldHours).toBe(24);
  expect(readConfig({ ...good, SANDBOX: "on" }).mailHoldHours).toBe(Infinity);
  expect(readConfig({ ...good, MAIL_HOLD_HOURS: "off" }).mailHoldHours).toBe(Infinity);
  expect(readConfig({ ...good, SANDBOX: "on", MAIL_HOLD_HOURS: "2" }).mailHoldHours).toBe(2);
  expect(problemsOf({ MAIL_HOLD_HOURS: "0" })).toEqual([expect.stringMatching("^MAIL_HOLD_HOURS must be")]);
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
  expect(readConfig({ ...good, ...inProduction, SANDBOX: "yes-really" })).toMatchObject({ sandbox: true });
  expect(readConfig({ ...good, SANDBOX: "on", PLAYGROUND: "off" })).toMatchObject({ playground: false });
});

test("values are trimmed, and blank ones count as unset", () => {
  const config = readConfig({
    ...good,
    AUTH_AUDIENCE: "changeover\n",
    AUTH_OPERATIONS_ROLE: "Cocp.Operations ",
    HOST: " 127.0.0.1\r\n",
    RATE_LIMIT_POINTS: " ",
    COCP_EXPIRE_DAYS: "\t",
    PORT: " 4100 ",
    REDIS_URL: "  ",
    SANDBOX: " off ",
  });
  expect(config.auth).toMatchObject({ audience: "changeover", operationsRole: "Cocp.Operations" });
  expect(config).toMatchObject({ host: "127.0.0.1", port: 4100, redisUrl: null, sandbox: false });
  expect([config.rates.viewerPoints, config.policy.expireDays]).toEqual([100_000, 30]);
});

test("off means no limit, for every limit", () => {
  const { rates, connectionsPerAddress } = readConfig({
    ...good,
    RATE_LIMIT_POINTS: "off",
    RATE_LIMIT_ADDRESS_POINTS: "off",
    RATE_LIMIT_LOOKUPS: "off",
    RATE_LIMIT_INVITATIONS: "off",
    CONNECTIONS_PER_ADDRESS: "off",
  });
  expect(new Set([...Object.values(rates), connectionsPerAddress])).toEqual(new Set([Infinity]));
});

test.each([
  ["PUBLIC_URL", "https://portal.example.com/changeover/"],
  ["AUTH_ISSUER", "https://login.example.com/tenant/v2.0/"],
  ["AUTH_JWKS_URL", "https://login.example.com/keys?p=policy"],
  ["REDIS_URL", "rediss://user:p%40ss@redis.example.com:6380/2"],
  ["SMTP_URL", "smtps://user:p%40ss@mail.example.com:465/?pool=true"],
  ["DATABASE_URL", "postgresql://user:p%40ss@[::1]:5432/changeover?sslmode=verify-full"],
  ["DATABASE_URL", "postgres:///changeover?host=/var/run/postgresql"],
  ["DATABASE_URL", "postgres://%2Fvar%2Frun%2Fpostgresql/changeover"],
  ["OTEL_TRACES_SAMPLER_ARG", "0.25"],
])("takes %s=%s", (name, value) => {
  expect(problemsOf({ [name]: value })).toEqual([]);
});

test("commands that work on the database alone need no more than its URL, and check it all the same", () => {
  const { DATABASE_URL } = good;
  expect(readDatabaseConfig({ DATABASE_URL })).toEqual({
    databaseUrl: DATABASE_URL,
    logLevel: "warn",
    logFormat: "pretty",
  });
  expect(() => readDatabaseConfig({ LOG_LEVEL: "verbose" })).toThrow(/DATABASE_URL must [^]*LOG_LEVEL must be one of/);
});
