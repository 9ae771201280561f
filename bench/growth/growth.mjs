// npm run bench -- growth: the same reads with ten thousand, a hundred thousand and a million records.
import { parseArgs } from "node:util";
import { ask, serve } from "../lib/changeover.mjs";
import { needTwoCores, stayBesideServer } from "../lib/cores.mjs";
import { startIssuer } from "../lib/issuer.mjs";
import { graphqlRequest, loadServer } from "../lib/load.mjs";
import { startPostgres, withClient } from "../lib/postgres.mjs";
import { machine, number, percent, publish, table } from "../lib/results.mjs";
import { inRounds } from "../lib/rounds.mjs";
import { pages } from "../pages/questions.mjs";
import { seededDatabase } from "../seed/seed.mjs";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000,100000,1000000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    print: { type: "boolean", default: false },
  },
});
const sizes = values.records.split(",").map(Number);
const deepPage = 1_000;
const deepPageSize = 10;

const list = `query ($first: Int!, $after: String) { cocpRecords(first: $first, after: $after) {
  nodes { id status effectiveDate availableActions request { requestId submittedAt }
    billingAccount { accountNumber displayName } oldPartner { organizationName } newPartner { organizationName } }
  pageInfo { endCursor } } }`;
const ids = `query ($first: Int!, $after: String) { cocpRecords(first: $first, after: $after) {
  nodes { id } pageInfo { endCursor } } }`;
/** What is read, by name: who asks, and a function that gives query and variables. */
const operations = {
  ...Object.fromEntries(
    Object.entries(pages).map(([name, { person, changeover }]) => [
      name,
      { person, question: async () => changeover.ask },
    ]),
  ),
  [`page ${deepPage} of operations, of ${deepPageSize}`]: {
    person: pages["tracking page of operations"].person,
    question: deepQuestion,
  },
};

/** Pages through the list, as somebody who scrolls would, to find where that page begins. */
async function deepQuestion(url, token) {
  let left = (deepPage - 1) * deepPageSize;
  let after = null;
  while (left > 0) {
    const first = Math.min(left, 100);
    const { cocpRecords } = await ask(url, token, ids, { first, after });
    if (cocpRecords.nodes.length < first) throw new Error(`There are not enough records for page ${deepPage}`);
    left -= first;
    after = cocpRecords.pageInfo.endCursor;
  }
  return [list, { first: deepPageSize, after }];
}

async function measureOperation({ person, question }, servers) {
  const token = await issuer.tokenFor(...person);
  const requests = new Map();
  for (const server of servers) {
    const [query, variables] = await question(server.url, token);
    await ask(server.url, token, query, variables);
    requests.set(server, graphqlRequest(token, query, variables));
  }
  const measure = (server) =>
    loadServer({ ...server, next: () => requests.get(server), connections: 1, seconds: Number(values.seconds) });
  for (const server of servers) await measure(server); // warm
  return await inRounds(servers, Number(values.rounds), measure);
}

function rowOf(name, results) {
  const each = sizes.map((size) => results.get(size));
  const [first, last] = [each[0], each.at(-1)];
  const cells = each.flatMap(({ p50, spread }) => [number(p50, 2), percent(spread.p50)]);
  return [name, number(last.p50 / first.p50, 2), ...cells];
}

needTwoCores();
stayBesideServer();
const postgres = await startPostgres();
const issuer = await startIssuer();
const servers = [];
try {
  for (const size of sizes) {
    const databaseUrl = await seededDatabase(postgres, size);
    servers.push({ name: size, ...(await serve({ databaseUrl, issuer })) });
  }
  const rows = [];
  for (const [name, operation] of Object.entries(operations)) {
    rows.push(rowOf(name, await measureOperation(operation, servers)));
  }
  const { rows: version } = await withClient(postgres.url, (client) => client.query("SHOW server_version"));
  const titles = sizes.flatMap((size) => [`>p50 ms, ${size.toLocaleString("en")} records`, ">spread"]);
  await publish(
    "Growth",
    [
      `${machine(version[0].server_version)} One connection; median of ${values.rounds} rounds of ${values.seconds} s, in turn.`,
      table(["read", ">largest × smallest", ...titles], rows),
    ].join("\n\n"),
    values,
  );
} finally {
  for (const server of servers) await server.stop();
  issuer.stop();
  await postgres.stop();
}
