// Who serves the pages: each a process on the server's core, on the same database.
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "../lib/changeover.mjs";
import { pinToServerCore } from "../lib/cores.mjs";
import { asChangeoverConnects } from "../lib/postgres.mjs";

const peersFolder = fileURLToPath(new URL("../peers", import.meta.url));

/** Installs the peers' packages, which nobody else needs. */
function installPeers() {
  if (existsSync(`${peersFolder}/node_modules/mercurius`)) return;
  console.error("Installing the peers into bench/peers (npm ci, once)");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"], {
    cwd: peersFolder,
    stdio: ["ignore", 2, 2],
  });
}

const own = (file) => new URL(file, import.meta.url).pathname;
const peer = (file) => `${peersFolder}/${file}`;

/** What each does, as the table tells it. */
export const contestants = [
  {
    name: "bare http + pg",
    does: "statements written by hand, one a page (three for a request), named and prepared; a constant check instead of a token, no GraphQL",
    question: "handWritten",
    start: (at) => startScript(own("bare.mjs"), at, asChangeoverConnects),
  },
  {
    name: "Apollo, Express, TypeORM",
    does: "the habit: repositories and a DataLoader for each relation; no sign-in, no tenancy",
    isPeer: true,
    question: "handWritten",
    start: (at) => startScript(peer("habitual.mjs"), at),
  },
  {
    name: "Mercurius",
    does: "Fastify, JIT, loaders, named prepared statements; no sign-in, no tenancy",
    isPeer: true,
    question: "handWritten",
    start: (at) => startScript(peer("mercurius.mjs"), at, asChangeoverConnects),
  },
  {
    name: "PostGraphile",
    does: "a schema made from the database's, one statement a page; no sign-in, no tenancy",
    isPeer: true,
    question: "postgraphile",
    start: (at) => startScript(peer("postgraphile.mjs"), at),
  },
  {
    name: "Changeover",
    does: "checks an ES256 token, looks the viewer up, holds tenancy, limits and masking, tells `availableActions`",
    isOurs: true,
    question: "changeover",
    start: serve,
  },
];

/** Starts them one after the other. With `peers` false only those that need no package of their own. */
export async function startContestants({ databaseUrl, issuer, peers }) {
  if (peers) installPeers();
  const started = [];
  for (const contestant of contestants.filter(({ isPeer }) => peers || !isPeer)) {
    started.push({ ...contestant, ...(await contestant.start({ databaseUrl, issuer })) });
  }
  return started;
}

async function startScript(file, { databaseUrl }, environment = {}) {
  const env = { PATH: process.env.PATH, NODE_ENV: "production", DATABASE_URL: databaseUrl, ...environment };
  const child = fork(file, { env });
  pinToServerCore(child.pid);
  const port = await Promise.race([
    once(child, "message").then(([message]) => message.port),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
  ]);
  return { pid: child.pid, url: `http://127.0.0.1:${port}/graphql`, stop: () => child.kill() };
}
