// npm run bench -- seed --records N: a database of so many records, by COPY. It is kept, and made anew when its days are over.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createRequire } from "node:module";
import { SingleBar } from "cli-progress";
import { from as copyFrom } from "pg-copy-streams";
import { root, runCommand } from "../lib/changeover.mjs";
import { withClient } from "../lib/postgres.mjs";
import { copyLines } from "./lines.mjs";
import { tables } from "./rows.mjs";

const require = createRequire(import.meta.url);

/** Raise it with every change of rows.mjs. */
const edition = 2;
/** Days after which a record that waits for an answer would soon expire. */
const keptFor = 7;

/** The URL of a database with so many records, seeded if it is not there. */
export async function seededDatabase(postgres, records) {
  const name = `bench_${records}`;
  const url = postgres.urlFor(name);
  const [database] = await onServer(postgres, `SELECT FROM pg_database WHERE datname = '${name}'`);
  if (database !== undefined && !(await isUsable(url))) await onServer(postgres, `DROP DATABASE ${name}`);
  else if (database !== undefined) return await migrated(url);
  await onServer(postgres, `CREATE DATABASE ${name}`);
  await migrated(url);
  await withClient(url, (client) => fill(client, records));
  return url;
}

const onServer = async ({ url }, statement) => (await withClient(url, (client) => client.query(statement))).rows;

async function migrated(url) {
  await runCommand(["migrate"], url);
  return url;
}

async function isUsable(url) {
  return await withClient(url, async (client) => {
    const { rows } = await client
      .query("SELECT edition = $1 AND seeded_at > now() - $2 * interval '1 day' AS usable FROM bench_seed", [
        edition,
        keptFor,
      ])
      .catch(() => ({ rows: [] }));
    return rows[0]?.usable === true;
  });
}

async function fill(client, records) {
  const { currentEdition } = require(`${root}/dist/src/domain/termsText.js`);
  const seed = { records, now: Date.now(), termsVersion: `COMBINED/${currentEdition}` };
  console.error(`Seeding ${records} records`);
  const bar = new SingleBar({
    format: "{table} {bar} {percentage}% {value} rows",
    stream: process.stderr,
    hideCursor: true,
  });
  // Rows fit together as they are made: foreign keys need not be looked up one by one.
  await client.query("SET session_replication_role = replica");
  for (const [table, rowsOf] of Object.entries(tables)) {
    bar.start(count(rowsOf(seed)), 0, { table: table.padEnd(25) });
    const columns = Object.keys(rowsOf(seed).next().value).join(", ");
    const into = client.query(copyFrom(`COPY ${table} (${columns}) FROM STDIN`));
    await pipeline(Readable.from(copyLines(rowsOf(seed), (done) => bar.update(done))), into);
    bar.stop();
  }
  await client.query("CREATE TABLE bench_seed AS SELECT $1::integer AS edition, now() AS seeded_at", [edition]);
  await client.query("VACUUM ANALYZE");
}

function count(rows) {
  let total = 0;
  while (!rows.next().done) total += 1;
  return total;
}
