// Changeover itself, as built: its commands, and `serve` on the server's core.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { pinToServerCore } from "./cores.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a command of the program to its end, on the server's core if wanted. Throws with what it said when it fails. */
export async function runCommand(args, databaseUrl, { onServerCore = false } = {}) {
  const child = start(args, { PATH: process.env.PATH, DATABASE_URL: databaseUrl });
  if (onServerCore) pinToServerCore(child.pid);
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`changeover ${args[0]} ended with ${code}\n${said}`);
}

/** Limits that are counted as ever, but that a bench does not reach. */
const limits = ["RATE_LIMIT_POINTS", "RATE_LIMIT_ADDRESS_POINTS", "RATE_LIMIT_LOOKUPS", "RATE_LIMIT_INVITATIONS"];
const unreachable = Object.fromEntries(limits.map((name) => [name, "1000000000"]));

/** Starts `serve` for the issuer's tokens; `environment` adds to what it gets. */
export async function serve({ databaseUrl, issuer, environment }) {
  const port = await freePort();
  const child = start(["serve"], {
    PATH: process.env.PATH,
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    SMTP_URL: "smtp://127.0.0.1:9",
    MAIL_FROM: "bench@changeover.example",
    AUTH_ISSUER: issuer.url,
    AUTH_AUDIENCE: issuer.audience,
    FORM_URL_SECRET: "0123456789abcdef0123456789abcdef",
    // A bench asks as much as there is to be had, from one address.
    RATE_LIMIT_POINTS: "off",
    RATE_LIMIT_ADDRESS_POINTS: "off",
    RATE_LIMIT_INVITATIONS: "off",
    CONNECTIONS_PER_ADDRESS: "off",
    ...unreachable,
    ...environment,
  });
  pinToServerCore(child.pid);
  await printed(child, /"serving"/);
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}/graphql`,
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

/** Asks a GraphQL endpoint once. Throws on GraphQL errors. */
export async function ask(url, token, query, variables) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

function start(args, environment) {
  return spawn(process.execPath, [`${root}/dist/src/main.js`, ...args], {
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

function printed(child, pattern) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => pattern.test(line) && resolve());
    child.on("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}
