// npm run bench -- import: `changeover import` of CSV files beside a bare COPY of the same rows into the same tables.
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { from as copyFrom } from "pg-copy-streams";
import { runCommand } from "../lib/changeover.mjs";
import { needTwoCores, stayBesideServer } from "../lib/cores.mjs";
import { copyDatabase, startPostgres, withClient } from "../lib/postgres.mjs";
import { machine, number, percent, publish, table } from "../lib/results.mjs";
import { inRounds } from "../lib/rounds.mjs";
import { copyLines, csvLines } from "../seed/lines.mjs";
import { directoryFiles, directoryTables } from "../seed/rows.mjs";

const { values } = parseArgs({
  options: {
    accounts: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
    print: { type: "boolean", default: false },
  },
});
const seed = { records: Number(values.accounts), now: Date.now() };
const folder = mkdtempSync(join(tmpdir(), "changeover-bench-"));

/** Copies the rows as they are in the tables: ids looked up, nothing checked but what the tables check. */
async function copy(url) {
  await withClient(url, async (client) => {
    await client.query("BEGIN");
    for (const [name, rowsOf] of Object.entries(directoryTables)) {
      const columns = Object.keys(rowsOf(seed).next().value).join(", ");
      await pipeline(Readable.from(prepared.get(name)), client.query(copyFrom(`COPY ${name} (${columns}) FROM STDIN`)));
    }
    await client.query("COMMIT");
  });
}

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

async function countRows(url) {
  const counts = Object.keys(directoryTables).map((name) => `(SELECT count(*) FROM ${name})`);
  const { rows } = await withClient(url, (client) => client.query(`SELECT (${counts.join(" + ")})::integer AS count`));
  return rows[0].count;
}

needTwoCores();
stayBesideServer();
const postgres = await startPostgres();
/** Lines for COPY, made before anything is measured. */
const prepared = new Map(Object.entries(directoryTables).map(([name, rowsOf]) => [name, [...copyLines(rowsOf(seed))]]));
try {
  for (const [name, rowsOf] of Object.entries(directoryFiles)) {
    await pipeline(Readable.from(csvLines(rowsOf(seed))), createWriteStream(join(folder, `${name}.csv`)));
  }
  await copyDatabase(postgres, "template1", "bench_empty", { waitsForDisk: true });
  await runCommand(["migrate"], postgres.urlFor("bench_empty"));
  const contestants = {
    COPY: copy,
    "changeover import": (url) => runCommand(["import", folder], url, { onServerCore: true }),
  };
  const counts = new Set();
  const results = await inRounds(
    Object.keys(contestants).map((name) => ({ name })),
    Number(values.rounds),
    async ({ name }) => {
      const url = await copyDatabase(postgres, "bench_empty", "bench_copy", { waitsForDisk: true });
      const taken = await seconds(() => contestants[name](url));
      counts.add(await countRows(url));
      return { seconds: taken };
    },
  );
  if (counts.size > 1) throw new Error(`The two loaded different numbers of rows: ${[...counts].join(", ")}`);
  const [count] = counts;
  const limit = results.get("COPY").seconds;
  const rows = [...results].map(([name, { seconds: taken, spread }]) => [
    name,
    number(limit / taken, 2),
    number(count / taken),
    number(taken, 1),
    percent(spread.seconds),
  ]);
  const { rows: version } = await withClient(postgres.url, (client) => client.query("SHOW server_version"));
  await publish(
    "Import",
    [
      `${machine(version[0].server_version)} ${count} rows, of ${seed.records} billing accounts; median of ${values.rounds} rounds, in turn.`,
      table(["", ">× COPY", ">rows a second", ">seconds", ">spread"], rows),
    ].join("\n\n"),
    values,
  );
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true });
}
