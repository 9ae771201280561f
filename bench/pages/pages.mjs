// npm run bench -- pages: the tracking page, 20 records with their accounts and partners, beside its limit and its peers.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { ask } from "../lib/changeover.mjs";
import { needTwoCores, stayBesideServer } from "../lib/cores.mjs";
import { startIssuer } from "../lib/issuer.mjs";
import { graphqlRequest, loadServer } from "../lib/load.mjs";
import { startPostgres, withClient } from "../lib/postgres.mjs";
import { machine, number, percent, publish, table } from "../lib/results.mjs";
import { inRounds } from "../lib/rounds.mjs";
import { administratorOf, partnerId, responderOf } from "../seed/rows.mjs";
import { seededDatabase } from "../seed/seed.mjs";
import { contestants, startContestants } from "./contestants.mjs";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "100000" },
    viewers: { type: "string", default: "operations,customer,partner" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    "no-peers": { type: "boolean", default: false },
    print: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

const fields = `id status effectiveDate request { requestId submittedAt }
  billingAccount { accountNumber displayName } oldPartner { organizationName } newPartner { organizationName }`;

/** Whose page it is: as ours learns it from the token, and as the others are told. */
const viewers = {
  operations: { person: ["operations@bench.example", ["Cocp.Operations"]], told: {} },
  customer: { person: [administratorOf(0)], told: { administrator: administratorOf(0) } },
  partner: {
    person: [responderOf(0)],
    told: { newPartnerId: partnerId(0) },
    filter: ", filter: { direction: INCOMING }",
  },
};

/** The request for a contestant: the same page, asked in its own way. */
async function requestOf({ isOurs }, { person, told, filter = "" }, issuer) {
  if (isOurs) {
    const query = `query ($first: Int!) { cocpRecords(first: $first${filter}) { nodes { ${fields} availableActions } } }`;
    return [await issuer.tokenFor(...person), query, { first: 20 }];
  }
  const query = `query ($first: Int!, $newPartnerId: ID, $administrator: String) {
    cocpRecords(first: $first, newPartnerId: $newPartnerId, administrator: $administrator) { nodes { ${fields} } } }`;
  return ["constant", query, { first: 20, ...told }];
}

/** What all must answer alike; ids are written in two ways. */
function plain({ cocpRecords: { nodes } }) {
  return nodes.map(({ id, availableActions: _, ...record }) => ({ key: keyOf(id), ...record }));
}

const keyOf = (id) =>
  id.startsWith("rec_") ? Buffer.from(id.slice(4), "base64url").toString("hex") : id.replaceAll("-", "");

async function measureViewer(name, servers, issuer) {
  const requests = new Map();
  let expected = null;
  for (const server of servers) {
    const request = await requestOf(server, viewers[name], issuer);
    const answer = plain(await ask(server.url, ...request));
    expected ??= answer;
    assert.equal(answer.length, 20, `${server.name} gives another number of records`);
    assert.deepEqual(answer, expected, `${server.name} answers otherwise`);
    requests.set(server.name, graphqlRequest(...request));
  }
  const measure = (server, time) => loadServer({ ...server, next: () => requests.get(server.name), seconds: time });
  for (const server of servers) await measure(server, seconds); // warm
  return await inRounds(servers, rounds, (server) => measure(server, seconds));
}

function rowsOf(viewer, results) {
  const bare = results.get("bare http + pg");
  const mercurius = results.get("Mercurius");
  return [...results].map(([name, figures]) => [
    viewer,
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
  for (const viewer of values.viewers.split(","))
    rows.push(...rowsOf(viewer, await measureViewer(viewer, servers, issuer)));
  const version = (await withClient(databaseUrl, (client) => client.query("SHOW server_version"))).rows[0]
    .server_version;
  const titles = ["page of", "server", ">× bare", ">× Mercurius", ">CPU × bare", ">requests/s", ">spread"];
  await publish(
    "Tracking page",
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
