// Changeover itself: `serve` on a PostgreSQL of its own, with as many users of one partner as there are subscribers.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import pg from "pg";

const require = createRequire(import.meta.url);
const root = new URL("../..", import.meta.url).pathname;
const { startEmbeddedPostgres } = require(join(root, "dist/src/dev/embeddedPostgres.js"));
const admin = "dana.whitfield@northlight.example";

export async function startOurs({ pin, maxSubscribers }) {
  const dataDirectory = await mkdtemp(join(tmpdir(), "changeover-bench-"));
  const postgres = await startEmbeddedPostgres({
    dataDirectory,
    temporary: true,
    settings: { max_connections: "100" },
  });
  await query(postgres.url, "CREATE DATABASE changeover");
  const databaseUrl = postgres.urlFor("changeover");
  const issuer = await startIssuer();
  const environment = {
    PATH: process.env.PATH,
    PORT: String(await freePort()),
    DATABASE_URL: databaseUrl,
    SMTP_URL: "smtp://127.0.0.1:9",
    MAIL_FROM: "bench@changeover.example",
    AUTH_ISSUER: issuer.url,
    AUTH_AUDIENCE: "bench",
    FORM_URL_SECRET: "0123456789abcdef0123456789abcdef",
  };
  await finished(changeover(["migrate"], environment));
  await finished(changeover(["import", join(root, "demo")], environment));
  await query(
    databaseUrl,
    `INSERT INTO partner_users (email, partner_id, display_name, can_respond)
     SELECT 'bench-' || n || '@harrowgate.example', p.id, 'Bench ' || n, true
     FROM generate_series(1, ${maxSubscribers}) n, partners p WHERE p.pcn = 'PCN-4410387'`,
  );
  const server = changeover(["serve"], environment);
  pin(server.pid, 0);
  await printed(server, /"serving"/);
  const url = `http://127.0.0.1:${environment.PORT}/graphql`;
  const token = await issuer.tokenFor(admin);
  const requestId = await submit(url, token);
  const update = `mutation($input: UpdateNotificationContactInput!) {
    updatePartnerNotificationContact(input: $input) { userErrors { message } } }`;
  let count = 0;
  return {
    pid: server.pid,
    url: url.replace("http", "ws"),
    tokens: (size) =>
      Promise.all(Array.from({ length: size }, (_, index) => issuer.tokenFor(`bench-${index + 1}@harrowgate.example`))),
    write: () => {
      count += 1;
      const partnerNotificationContact = `bench-${(count % 2) + 1}@harrowgate.example`;
      return ask(url, token, update, { input: { requestId, partnerNotificationContact } });
    },
    async stop() {
      server.kill("SIGKILL");
      await once(server, "exit");
      await postgres.stop();
      issuer.stop();
    },
  };
}

async function submit(url, token) {
  const { billingAccounts } = await ask(
    url,
    token,
    "{ billingAccounts(filter: {eligible: true}, first: 1) { nodes { id } } }",
  );
  const changes = [
    {
      billingAccountId: billingAccounts.nodes[0].id,
      newPartnerPcn: "PCN-4410387",
      partnerNotificationContact: "bench-1@harrowgate.example",
      reason: "OTHER",
    },
  ];
  const { previewCocp } = await ask(
    url,
    token,
    "query($changes: [PartnerChangeInput!]!) { previewCocp(changes: $changes) { terms { version } } }",
    { changes },
  );
  const signature = {
    firstName: "Dana",
    lastName: "Whitfield",
    acceptTerms: true,
    termsVersion: previewCocp.terms.version,
  };
  const initiate =
    "mutation($input: InitiateCocpInput!) { initiateCocp(input: $input) { request { requestId } userErrors { message } } }";
  const { initiateCocp } = await ask(url, token, initiate, { input: { changes, signature } });
  if (initiateCocp.request === null) throw new Error(JSON.stringify(initiateCocp.userErrors));
  return initiateCocp.request.requestId;
}

async function ask(url, token, query, variables) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

function changeover(args, environment) {
  return spawn(process.execPath, [join(root, "dist/src/main.js"), ...args], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function finished(child) {
  child.stderr.resume();
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`a command ended with ${code}`);
}

function printed(child, pattern) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => pattern.test(line) && resolve());
    child.on("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
}

async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" }];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/keys" ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    tokenFor: (email) =>
      new SignJWT({ email })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setIssuer(url)
        .setAudience("bench")
        .setIssuedAt()
        .setExpirationTime("2h")
        .sign(privateKey),
    stop: () => server.close(),
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

async function query(connectionString, text) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(text);
  await client.end();
}
