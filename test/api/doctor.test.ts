import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Client } from "pg";
import { SMTPServer } from "smtp-server";
import { toLine } from "../../src/cli/doctor/finding";
import { examine } from "../../src/cli/doctorCommand";
import { submit } from "../support/api/changes";
import { refusal } from "../support/network/smtpServer";
import { startTcpProxy } from "../support/network/tcpProxy";
import { temporaryFolder } from "../support/processes/temporaryFolder";
import { startTestApi, type TestApi } from "../support/api/testApi";
import { createEmptyDatabase } from "../support/data/testDatabase";
import { startTestIssuer, testAudience, type TestIssuer } from "../support/network/testIssuer";
import { until } from "../support/until";

/** An installation in good health, of which one thing after the other is broken. */
let api: TestApi;
let issuer: TestIssuer;
let healthy: NodeJS.ProcessEnv;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  issuer = await startTestIssuer("RS256");
  healthy = {
    DATABASE_URL: api.config.databaseUrl,
    DATABASE_POOL_SIZE: "2",
    SMTP_URL: api.mailbox.smtpUrl,
    MAIL_FROM: "changeover@changeover.example",
    AUTH_ISSUER: issuer.url,
    AUTH_AUDIENCE: testAudience,
    FORM_URL_SECRET: randomBytes(32).toString("hex"),
  };
});
afterAll(async () => {
  await issuer.stop();
  await api.stop();
});

const nowhere = "127.0.0.1:1";
const databaseName = () => new URL(api.config.databaseUrl).pathname.slice(1);

/** What the doctor says of the healthy installation with these changes: a line for each thing. */
async function diagnose(changes: NodeJS.ProcessEnv = {}): Promise<string> {
  const lines: string[] = [];
  for await (const findings of examine({ ...healthy, ...changes })) lines.push(...findings.map(toLine));
  return lines.join("\n");
}

/**
 * Lets the doctor meet a database in which a function of PostgreSQL is replaced by one of ours, of a name as long as
 * its own.
 */
async function pretend(name: string, replacement: string, functions: string, look: (url: string) => Promise<void>) {
  await api.rows(`CREATE SCHEMA pretended; ${functions}`);
  const called = new RegExp(`(?<!pg_catalog\\.)${name}\\(`, "g");
  const proxy = await startTcpProxy(api.config.databaseUrl, (text) => text.replace(called, `${replacement}(`));
  try {
    await look(proxy.url);
  } finally {
    await proxy.stop();
    await api.rows("DROP SCHEMA pretended CASCADE");
  }
}

test("a healthy installation: a line each, and none has failed", async () => {
  const worker = await api.startWorker();
  await until(async () => (await diagnose()).includes("ok      worker: 1 at work"));
  const lines = (await diagnose()).split("\n");
  await worker.stop();
  // A test's PostgreSQL does without fsync.
  expect(lines.filter((line) => !line.startsWith("ok ") && !line.startsWith("warning durability"))).toEqual([]);
  const told = [
    "configuration",
    "FORM_URL_SECRET",
    "DATABASE_URL",
    "connections",
    "migrations",
    "rights",
    "feed",
    "SMTP_URL",
  ];
  for (const what of [
    ...told,
    "AUTH_ISSUER",
    "issuer's keys",
    "clock beside the issuer's",
    "clock beside the database's",
  ])
    expect(lines.join("\n")).toContain(what);
});

describe("configuration and secrets", () => {
  test("all that is wrong is named at once", async () => {
    const said = await diagnose({ FORM_URL_SECRET: "short", DATABASE_URL: "mysql://x", AUTH_AUDIENCE: "" });
    expect(said).toMatch(/^FAILED {2}configuration: FORM_URL_SECRET .*32 bytes.* Cure: /m);
    expect(said).toMatch(/^FAILED {2}configuration: DATABASE_URL must be a URL/m);
    expect(said).toMatch(/^FAILED {2}configuration: AUTH_AUDIENCE/m);
  });

  test("a secret that can be guessed, although it is long", async () => {
    const said = await diagnose({ FORM_URL_SECRET: "changeme".repeat(4) });
    expect(said).toMatch(/^FAILED {2}secret.*it can be guessed.*Cure: .*openssl rand -hex 32$/m);
    expect(said).not.toContain("changeme");
  });

  test("a DKIM key that is too short", async () => {
    const said = await diagnose({ DKIM_SELECTOR: "mail", DKIM_PRIVATE_KEY: rsaKey(512) });
    expect(said).toMatch(
      /^FAILED {2}key that signs mail.*it is rsa of 512 bits.*Cure: make one with: openssl genrsa 2048/m,
    );
  });
});

describe("trusted documents", () => {
  const diagnoseManifest = async (content: string | null, mode = "only") => {
    const file = join(await temporaryFolder(), "documents.json");
    if (content !== null) await writeFile(file, content);
    const said = await diagnose({ TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: file });
    return said.split("\n").filter((line) => line.includes("TRUSTED_DOCUMENTS_FILE"));
  };
  const failure = (problem: string) =>
    expect.stringMatching(new RegExp(`^FAILED {2}trusted documents.*${problem}.*\\. Cure: make the file .*anew`));

  test("a manifest that the schema allows", async () => {
    expect(await diagnoseManifest('{"a": "{ viewer { email } }", "b": "{ viewer { roles } }"}')).toEqual([
      "ok      trusted documents (TRUSTED_DOCUMENTS_FILE): 2",
    ]);
  });

  test.each([
    ["is missing", null, "ENOENT"],
    ["is no JSON", "{", "must name a JSON file"],
    ["is a list", '["{ viewer { email } }"]', "expected record"],
    ["has something that is no text", '{"a": "{ viewer { email } }", "b": 1}', "expected string.*at b"],
  ])("a manifest that %s", async (_what, content, problem) => {
    expect(await diagnoseManifest(content, "allow")).toEqual([failure(problem)]);
  });

  test("each document that is none, or that this version's schema does not allow", async () => {
    expect(await diagnoseManifest('{"a": "{", "b": "{ viewer { email } }", "c": "{ nothing }"}')).toEqual([
      failure('the document "a": Syntax Error'),
      failure('the document "c": Cannot query field'),
    ]);
  });

  test("an empty manifest beside which nothing may be run", async () => {
    expect(await diagnoseManifest("{}")).toEqual([
      expect.stringMatching(/^FAILED {2}trusted documents.*nothing else may be run\. Cure: .*TRUSTED_DOCUMENTS=allow$/),
    ]);
  });
});

describe("database", () => {
  test.each([
    ["nobody listens", () => `postgres://x@${nowhere}/x`, /ECONNREFUSED.*Cure: start PostgreSQL/],
    [
      "the database is missing",
      () => api.config.databaseUrl.replace(/\w+$/, "no_such"),
      /does not exist.*Cure: create the database/,
    ],
    ["the host is unknown", () => "postgres://x@nowhere.invalid/x", /nowhere\.invalid.*Cure: correct the host name/],
  ])("%s", async (_what, url, expected) => {
    expect(await diagnose({ DATABASE_URL: url() })).toMatch(new RegExp(`^FAILED {2}database.*${expected.source}`, "m"));
  });

  test("not migrated", async () => {
    const empty = await createEmptyDatabase();
    const said = await diagnose({ DATABASE_URL: empty.url });
    expect(said).toMatch(/^FAILED {2}migrations: \d+ are pending: .*Cure: run changeover migrate$/m);
    await empty.drop();
  });

  test("a version that is too old", async () => {
    const older = `CREATE FUNCTION pretended.older(text, boolean DEFAULT false) RETURNS text LANGUAGE sql AS
      $$ SELECT CASE $1 WHEN 'server_version_num' THEN '140012' WHEN 'server_version' THEN '14.12'
        ELSE current_setting($1, $2) END $$`;
    await pretend("current_setting", "pretended.older", older, async (url) => {
      expect(await diagnose({ DATABASE_URL: url })).toMatch(
        /^FAILED {2}database.*it is PostgreSQL 14\.12\. Cure: upgrade it to 15/m,
      );
    });
  });

  test("a role without rights, before and after the migrations", async () => {
    const role = `changeover_test_${randomBytes(6).toString("hex")}`;
    const empty = await createEmptyDatabase();
    await api.rows(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const as = (url: string) => url.replace(/\/\/[^@]*@/, `//${role}:x@`);
    try {
      expect(await diagnose({ DATABASE_URL: as(api.config.databaseUrl) })).toMatch(
        new RegExp(
          `^FAILED {2}rights in the database: the role ${role} may not read and write .*cocp_records.*Cure: `,
          "m",
        ),
      );
      expect(await diagnose({ DATABASE_URL: as(empty.url) })).toMatch(
        /^FAILED {2}rights in the database: .* may not make tables and schemas in it\. Cure: .*OWNER TO/m,
      );
    } finally {
      await empty.drop();
      await api.rows(`DROP ROLE ${role}`);
    }
  });

  test("a pool that is larger than the server allows", async () => {
    expect(await diagnose({ DATABASE_POOL_SIZE: "900" })).toMatch(
      /^FAILED {2}connections.*one serve and one worker may take 1809, and there are \d+\. Cure: lower DATABASE_POOL_SIZE/m,
    );
  });

  test("a server that may lose what it has confirmed", async () => {
    await api.rows(`ALTER DATABASE ${databaseName()} SET synchronous_commit = off`);
    expect(await diagnose()).toMatch(
      /^warning durability: .*synchronous_commit.* off: a crash loses.*Cure: ALTER SYSTEM RESET/m,
    );
    await api.rows(`ALTER DATABASE ${databaseName()} RESET synchronous_commit`);
  });

  test("clocks that differ, and a transaction that was forgotten minutes ago", async () => {
    const forgotten = new Client({ connectionString: api.config.databaseUrl, application_name: "report" });
    forgotten.on("error", () => {}); // ends with the database when the test fails
    await forgotten.connect();
    await forgotten.query("BEGIN");
    await forgotten.query("SELECT pg_current_xact_id()");
    const later = `CREATE FUNCTION pretended.later() RETURNS timestamptz LANGUAGE sql AS
      $$ SELECT clock_timestamp() + interval '5 minutes' $$`;
    await pretend("clock_timestamp", "pretended.later", later, async (url) => {
      let said = "";
      await until(async () => (said = await diagnose({ DATABASE_URL: url })).includes("(report,")); // other tests write on this server too
      expect(said).toMatch(
        /^FAILED {2}clock beside the database's: this machine is (299|300)\.\d s behind.*Cure: .*NTP/m,
      );
      expect(said).toMatch(
        /^FAILED {2}feed: held back for 30\d s by session \d+ .*report.*Cure: end it: SELECT pg_terminate_backend\(\d+\)/m,
      );
    });
    await forgotten.end();
    await until(async () => /^ok {6}feed$/m.test(await diagnose()));
  });

  test("an event log that was copied from a cluster with a higher counter", async () => {
    await submit(api);
    await api.rows(`ALTER TABLE cocp_events DISABLE TRIGGER cocp_events_are_final;
      UPDATE cocp_events SET transaction_id = transaction_id + 1000000`);
    expect(await diagnose()).toMatch(
      /^FAILED {2}event log: .*stood higher.*Cure: run the counter past the log: docs\/operations\.md/m,
    );
    await api.clearRequests();
    expect(await diagnose()).toMatch(/^ok {6}event log$/m);
  });

  test("email that is held", async () => {
    expect(await diagnose()).toContain("ok      held email");
    await submit(api);
    await api.rows("UPDATE cocp_notifications SET held_at = now()");
    expect(await diagnose()).toMatch(
      /^warning held email: 1 written more than MAIL_HOLD_HOURS.*Cure: look at changeover mail/m,
    );
    await api.clearRequests();
  });

  test("no worker, and jobs that were given up on", async () => {
    await submit(api);
    await api.rows("UPDATE graphile_worker._private_jobs SET attempts = max_attempts");
    const said = await diagnose();
    expect(said).toMatch(/^warning worker: none is seen: no mail is sent.*Cure: start changeover worker$/m);
    expect(said).toMatch(/^warning jobs: given up on: 1 of sendNotification\. Cure: see why/m);
    await api.clearRequests();
  });
});

describe("mail server", () => {
  test("nobody listens", async () => {
    expect(await diagnose({ SMTP_URL: `smtp://${nowhere}` })).toMatch(
      /^FAILED {2}mail server.*ECONNREFUSED.*Cure: start the mail server, or correct the host and port/m,
    );
  });

  test("a certificate that cannot be trusted", async () => {
    const server = new SMTPServer({ disabledCommands: ["AUTH"] }); // offers STARTTLS with a certificate that is publicly known
    server.on("error", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.server.address() as AddressInfo;
    expect(await diagnose({ SMTP_URL: `smtp://127.0.0.1:${port}` })).toMatch(
      /^FAILED {2}mail server.*certificate.*Cure: .*NODE_EXTRA_CA_CERTS, or .*tls\.rejectUnauthorized=false/m,
    );
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test("signing in is refused", async () => {
    const server = new SMTPServer({
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refusal(535)),
    });
    server.on("error", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.server.address() as AddressInfo;
    const said = await diagnose({ SMTP_URL: `smtp://somebody:hush@127.0.0.1:${port}` });
    expect(said).toMatch(/^FAILED {2}mail server.*535.*Cure: correct the user and password in SMTP_URL/m);
    expect(said).not.toContain("hush");
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

describe("issuer", () => {
  test("out of order, or nobody there", async () => {
    issuer.fail(500);
    expect(await diagnose()).toMatch(/^FAILED {2}issuer.*it answered 500\. Cure: correct AUTH_ISSUER/m);
    issuer.fail(null);
    expect(await diagnose({ AUTH_ISSUER: `http://${nowhere}` })).toMatch(
      /^FAILED {2}issuer.*Cure: correct AUTH_ISSUER/m,
    );
    expect(await diagnose({ AUTH_JWKS_URL: `http://${nowhere}/keys` })).toMatch(
      /^FAILED {2}keys.*Cure: correct AUTH_JWKS_URL/m,
    );
  });

  test("it calls itself by another name", async () => {
    const name = `${issuer.url}/`;
    expect(await diagnose({ AUTH_ISSUER: name })).toContain(`Cure: set AUTH_ISSUER=${issuer.url}, to the letter`);
  });

  test("it has no key of a kind that is taken, or its clock is elsewhere", async () => {
    let keys: object[] = [{ kty: "oct", k: "c2VjcmV0" }];
    const server = createServer((_request, response) => {
      response.setHeader("date", new Date(Date.now() + 600_000).toUTCString());
      response.end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const AUTH_JWKS_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    expect(await diagnose({ AUTH_JWKS_URL })).toMatch(
      /^FAILED {2}keys.*no key for RS256.*Cure: have the issuer sign with one/m,
    );
    keys = [{ kty: "RSA", n: "x", e: "AQAB" }];
    expect(await diagnose({ AUTH_JWKS_URL })).toMatch(
      /^warning clock beside the issuer's: this machine is \d+ s behind.*Cure: .*NTP/m,
    );
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
});

test("keys and names that were stored under older rules are counted by table, and are no failure", async () => {
  await api.rows(
    `INSERT INTO customers (customer_number, name) VALUES
    (E'C-\\u212A1', 'Kelvin'), ('C-Caf' || E'e\\u0301', 'Combining'), ('C-90001', E'Zero\\u200Bwidth'), ('C-90002', 'Trailing '),
    ('C-90003', E'B\\u00FCcher \\u{1F600}'), ('C-90004', 'Plain')`.replaceAll("\\u{1F600}", "\\U0001F600"),
  );
  await api.rows(`INSERT INTO partner_users (email, partner_id, display_name, can_respond)
    SELECT address, id, 'Somebody', true FROM partners,
      unnest(ARRAY[E'\\uFF4Bim@harrowgate.example', E'i\\u0131@harrowgate.example', 'o_neil+x@sub.harrowgate.example']) AS address
    WHERE pcn = 'PCN-4410387'`);
  const line = (await diagnose()).split("\n").find((each) => each.includes("stored keys and names"));
  expect(line).toMatch(/^warning stored keys and names: .*: 4 in customers, 2 in partner_users\. Cure: /);
  await api.rows("DELETE FROM customers WHERE customer_number LIKE 'C-9000%' OR customer_number ~ '[^ -~]'");
  await api.rows("DELETE FROM partner_users WHERE display_name = 'Somebody'");
  expect(await diagnose()).toContain("ok      stored keys and names");
});

test("Redis that nobody runs", async () => {
  expect(await diagnose({ REDIS_URL: `redis://${nowhere}` })).toMatch(
    /^FAILED {2}Redis.*Cure: start Redis, correct REDIS_URL/m,
  );
});

function rsaKey(modulusLength: number): string {
  return generateKeyPairSync("rsa", {
    modulusLength,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  }).privateKey;
}

describe("a token", () => {
  const sayOf = async (token: string, changes: NodeJS.ProcessEnv = {}) => {
    const lines: string[] = [];
    for await (const findings of examine({ ...healthy, ...changes }, token)) lines.push(...findings.map(toLine));
    return lines.find((line) => line.includes("--token"));
  };

  test("is accepted as somebody, with the parts that the token and the directory give", async () => {
    const dana = "dana.whitfield@northlight.example";
    expect(await sayOf(await issuer.token({ email: [dana.toUpperCase()] }))).toMatch(
      /^ok {6}token \(--token\): accepted as dana\.whitfield@northlight\.example, Enterprise Administrator, until 2\d{3}-/,
    );
    const operator = await issuer.token({ email: "ops@changeover.example", roles: "Cocp.Operations" });
    expect(await sayOf(`Bearer ${operator}`)).toContain("operations (Cocp.Operations)");
  });

  test.each([
    [
      "of another audience",
      { aud: "elsewhere" },
      /its audience is "elsewhere", not changeover\. Cure: set AUTH_AUDIENCE/,
    ],
    ["of another issuer", { iss: "https://a.example" }, /its issuer is "https:\/\/a\.example", not http/],
    ["that has expired", { exp: 1_700_000_000 }, /it expired at 2023-11-14T22:13:20/],
    ["without the claim", { sub: "dana" }, /its claim email is missing; it has "iss, aud, iat, exp, sub"/],
    ["with a name around the address", { email: "Dana <d@a.example>" }, /its claim email is "Dana <d@a\.example>"/],
    ["with an address that is not verified", { email: "d@a.example", email_verified: false }, /email_verified false/],
  ])("%s is rejected, and why", async (_what, claims, because) => {
    const token = await issuer.token(claims);
    const said = await sayOf(token);
    expect(said).toMatch(/^FAILED {2}token \(--token\): /);
    expect(said).toMatch(because);
    expect(said).not.toContain(token);
  });

  test("cut off, or checked without its issuer's keys, is no riddle", async () => {
    const token = await issuer.token({ email: "d@a.example" });
    expect(await sayOf(token.slice(0, -3))).toMatch(/its signature is of no key of the issuer/);
    expect(await sayOf(token.slice(0, 20))).toMatch(/not a JSON Web Token/);
    expect(await sayOf(token, { AUTH_JWKS_URL: `http://${nowhere}/` })).toMatch(/it cannot be checked: /);
  });
});
