// npm run bench -- pages: what people look at, 20 rows each with what belongs to them, beside its limit and its peers.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { ask } from "../lib/changeover.mjs";
import { needTwoCores, stayBesideServer } from "../lib/cores.mjs";
import { startIssuer } from "../lib/issuer.mjs";
import { graphqlRequest, loadServer } from "../lib/load.mjs";
import { startPostgres, withClient } from "../lib/postgres.mjs";
import { machine, number, percent, publish, table } from "../lib/results.mjs";
import { inRounds } from "../lib/rounds.mjs";
import { seededDatabase } from "../seed/seed.mjs";
import { contestants, startContestants } from "./contestants.mjs";
import { pages } from "./questions.mjs";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "100000" },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    warm: { type: "string", default: "8" },
    "no-peers": { type: "boolean", default: false },
    print: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const [seconds, warm] = [Number(values.seconds), Number(values.warm)];

/** Asks all for a page, and when they agree on it measures those who have it. */
async function measurePage(page, servers, issuer) {
  const requests = new Map();
  let expected = null;
  for (const server of servers) {
    const question = page[server.question];
    if (question === null) continue;
    const token = server.isOurs ? await issuer.tokenFor(...page.person) : "constant";
    const answer = question.read(await ask(server.url, token, ...question.ask));
    expected ??= answer;
    assert.equal(answer.length, page.count, `${server.name} gives another number of rows`);
    assert.deepEqual(answer, expected, `${server.name} answers otherwise`);
    requests.set(server, graphqlRequest(token, ...question.ask));
  }
  const measureFor = (length) => (server) =>
    loadServer({ ...server, next: () => requests.get(server), seconds: length });
  for (const server of requests.keys()) await measureFor(warm)(server);
  return await inRounds([...requests.keys()], rounds, measureFor(seconds));
}

function rowsOf(page, results) {
  const bare = results.get("bare http + pg");
  const mercurius = results.get("Mercurius");
  return [...results].map(([name, figures]) => [
    page,
    name,
    number(figures.perSecond / bare.perSecond, 2),
    mercurius ? number(figures.perSecond / mercurius.perSecond, 2) : "",
    number(figures.cpu / bare.cpu, 2),
    number(figures.perSecond),
    percent(figures.spread.perSecond),
    number(figures.cpu),
    percent(figures.busy),
    number(figures.p50, 1),
    number(figures.p99, 1),
  ]);
}

needTwoCores();
stayBesideServer();
const postgres = await startPostgres();
const issuer = await startIssuer();
let servers = [];
try {
  const databaseUrl = await seededDatabase(postgres, Number(values.records));
  servers = await startContestants({ databaseUrl, issuer, peers: !values["no-peers"] });
  const rows = [];
  for (const [name, page] of Object.entries(pages).filter(([title]) => title.includes(values.only))) {
    rows.push(...rowsOf(name, await measurePage(page, servers, issuer)));
  }
  const version = (await withClient(databaseUrl, (client) => client.query("SHOW server_version"))).rows[0]
    .server_version;
  const titles = ["page", "server", ">× bare", ">× Mercurius", ">CPU × bare", ">requests/s", ">spread"];
  await publish(
    "Pages",
    [
      `${machine(version)} ${values.records} records, 16 connections; median of ${rounds} rounds of ${seconds} s, in turn.`,
      table([...titles, ">CPU µs a request", ">core busy", ">p50 ms", ">p99 ms"], rows),
      contestants
        .filter(({ name }) => servers.some((server) => server.name === name))
        .map(({ name, does }) => `- **${name}**: ${does}.`)
        .join("\n"),
    ].join("\n\n"),
    values,
  );
} finally {
  for (const server of servers) await server.stop();
  issuer.stop();
  await postgres.stop();
}
