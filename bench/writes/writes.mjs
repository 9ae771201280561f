// npm run bench -- writes: mutations beside pgbench, which sends the same statements with the same parameters.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask, serve } from "../lib/changeover.mjs";
import { needTwoCores, stayBesideServer } from "../lib/cores.mjs";
import { startIssuer } from "../lib/issuer.mjs";
import { graphqlRequest, loadServer } from "../lib/load.mjs";
import { copyDatabase, startPostgres, withClient } from "../lib/postgres.mjs";
import { machine, number, percent, publish, table } from "../lib/results.mjs";
import { inRounds } from "../lib/rounds.mjs";
import { seededDatabase } from "../seed/seed.mjs";
import { acceptance, cancellation, initiation } from "./operations.mjs";
import { replay, scriptOf } from "./replay.mjs";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000" },
    operations: { type: "string", default: "960" },
    rounds: { type: "string", default: "3" },
    print: { type: "boolean", default: false },
  },
});
const connections = 16;
/** The part of the operations with which connections are warmed. */
const warming = 1 / 3;
const records = Number(values.records);
const count = Math.ceil(Number(values.operations) / connections) * connections;
const folder = mkdtempSync(join(tmpdir(), "changeover-bench-"));
const numbers = Array.from({ length: count }, (_, index) => index);

function needPgbench() {
  try {
    return execFileSync("pgbench", ["--version"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error(
      "The bench of writes needs pgbench on the PATH: on Debian it is in postgresql-15 (postgresql-contrib).",
    );
  }
}

/** Does each operation once, one after the other, and keeps what it sent to PostgreSQL. Gives the answers too. */
async function capture(databaseUrl, operations) {
  const file = join(folder, "statements");
  writeFileSync(file, "");
  const environment = {
    NODE_OPTIONS: `--require ${new URL("capture.cjs", import.meta.url).pathname}`,
    BENCH_CAPTURE: file,
  };
  const server = await serve({ databaseUrl, issuer, environment });
  const answers = [];
  const ends = [];
  try {
    for (const { token, query, variables } of operations) {
      const answer = Object.values(await ask(server.url, token, query, variables))[0];
      if (answer.userErrors.length > 0) throw new Error(JSON.stringify(answer.userErrors));
      answers.push(answer);
      ends.push(readFileSync(file, "utf8").length);
    }
  } finally {
    await server.stop();
  }
  const said = readFileSync(file, "utf8");
  const captured = ends.map((end, index) => {
    const lines = said
      .slice(ends[index - 1] ?? 0, end)
      .trim()
      .split("\n");
    return lines
      .map((line) => JSON.parse(line))
      .filter(({ text }) => !/pg_notify|^LISTEN|^SELECT$|^SHOW|^SELECT version/.test(text));
  });
  return { answers, captured };
}

const withTokens = (operations) =>
  Promise.all(operations.map(async (operation) => ({ ...operation, token: await issuer.tokenFor(operation.email) })));

/** Measures one kind on copies of a database in which nothing of it has been done. */
async function measureKind({ name, template, operations, captured }) {
  const script = scriptOf(captured.slice(1)); // the first finds what is read once and kept
  const contestants = [{ name: "pgbench" }, { name: "Changeover" }];
  const results = await inRounds(contestants, Number(values.rounds), async ({ name: contestant }) => {
    const copy = await copyDatabase(postgres, template, "bench_copy", { waitsForDisk: false });
    if (contestant === "pgbench") {
      return { perSecond: await replay(script, { databaseUrl: copy, connections, warming, folder }) };
    }
    const server = await serve({ databaseUrl: copy, issuer });
    try {
      const requests = operations.map(({ token, query, variables }) => graphqlRequest(token, query, variables));
      const first = requests.splice(0, Math.floor(requests.length * warming));
      await loadServer({ ...server, next: () => first.shift() });
      return await loadServer({ ...server, next: () => requests.shift() });
    } finally {
      await server.stop();
    }
  });
  const [limit, ours] = [results.get("pgbench"), results.get("Changeover")];
  return [
    name,
    script.statements,
    number(ours.perSecond / limit.perSecond, 2),
    number(ours.perSecond),
    percent(ours.spread.perSecond),
    number(limit.perSecond),
    percent(limit.spread.perSecond),
    number(ours.cpu),
    percent(ours.busy),
    number(ours.p50, 1),
    number(ours.p99, 1),
  ];
}

needTwoCores();
const pgbench = needPgbench();
stayBesideServer();
const postgres = await startPostgres();
const issuer = await startIssuer();
try {
  await seededDatabase(postgres, records);
  const rows = [];
  for (const size of [1, 20]) {
    const initiations = await withTokens(numbers.map((n) => initiation(n, size, records)));
    const initiated = await capture(
      await copyDatabase(postgres, `bench_${records}`, "bench_initiated", { waitsForDisk: false }),
      initiations,
    );
    rows.push(
      await measureKind({
        name: `initiate ${size}`,
        template: `bench_${records}`,
        operations: initiations,
        ...initiated,
      }),
    );
    for (const [name, operation] of Object.entries({ accept: acceptance, cancel: cancellation })) {
      const operations = await withTokens(initiated.answers.map(({ request }, n) => operation(n, request.requestId)));
      const { captured } = await capture(
        await copyDatabase(postgres, "bench_initiated", "bench_copy", { waitsForDisk: false }),
        operations,
      );
      rows.push(await measureKind({ name: `${name} ${size}`, template: "bench_initiated", operations, captured }));
    }
  }
  const { rows: version } = await withClient(postgres.url, (client) => client.query("SHOW server_version"));
  const titles = ["operation, records", ">statements", ">× pgbench", ">a second", ">spread", ">pgbench a second"];
  await publish(
    "Writes",
    [
      `${machine(version[0].server_version)} ${pgbench}; ${records} records, ${connections} connections, ${count} operations, each on accounts of its own; median of ${values.rounds} rounds, in turn.`,
      table([...titles, ">spread", ">CPU µs", ">core busy", ">p50 ms", ">p99 ms"], rows),
    ].join("\n\n"),
    values,
  );
} finally {
  issuer.stop();
  await postgres.stop();
  rmSync(folder, { recursive: true });
}
