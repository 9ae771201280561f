// The bench's PostgreSQL, on the cores beside the server. It keeps its data, so that a million records are made once.
import { createRequire } from "node:module";
import pg from "pg";
import { root } from "./changeover.mjs";

const require = createRequire(import.meta.url);

/** Starts it; without options with the data that benches share. */
export async function startPostgres(options = { dataDirectory: `${root}/.changeover/bench` }) {
  const { startEmbeddedPostgres } = require(`${root}/dist/src/dev/postgres/embeddedPostgres.js`);
  return await startEmbeddedPostgres({
    settings: { max_connections: "200", shared_buffers: "512MB", max_wal_size: "8GB", checkpoint_timeout: "30min" },
    onProgress: (message) => console.error(message),
    ...options,
  });
}

/**
 * The environment in which pg and pgbench connect as Changeover does. Without it the chance of a sample of statistics decides whether
 * PostgreSQL plans a statement each time.
 */
export const asChangeoverConnects = { PGOPTIONS: "-c timezone=UTC -c plan_cache_mode=force_generic_plan" };

/** Runs `work` with a connection of its own. */
export async function withClient(connectionString, work) {
  const client = new pg.Client({ connectionString, options: "-c timezone=UTC" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes a database that is like another one now, in which a commit waits for the disk or not. Gives its URL. */
export async function copyDatabase(postgres, from, to, { waitsForDisk }) {
  await withClient(postgres.url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${to} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${to} TEMPLATE ${from}`);
    if (!waitsForDisk) await client.query(`ALTER DATABASE ${to} SET synchronous_commit = off`);
  });
  return postgres.urlFor(to);
}
