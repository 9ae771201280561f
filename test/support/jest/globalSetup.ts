import { mkdir, mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../../src/dev/postgres/embeddedPostgres";
import { migrateTemplate } from "../data/migrateTemplate";
import { folderVariable } from "../processes/temporaryFolder";
import { serverUrl, serverVariable, templateDatabase, withClient } from "../api/testServer";

declare global {
  /** The server that the tests' global setup started; undefined when they run on a given one. */
  var testPostgres: EmbeddedPostgres | undefined;
}

/** Nothing of the tests needs to survive a power cut. */
const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" };

/**
 * One PostgreSQL for all tests, with a migrated database to copy. CHANGEOVER_TEST_DATABASE_URL names another server to
 * run them on, one run at a time; its user must be allowed to create databases.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env[serverVariable]) await removeLeftovers();
  else {
    const dataDirectory = await mkdtemp(join(await fastFolder(), "changeover-test-"));
    globalThis.testPostgres = await startEmbeddedPostgres({ dataDirectory, settings, temporary: true });
    process.env[serverVariable] = globalThis.testPostgres.url;
    process.env[folderVariable] = join(dataDirectory, "tests");
    await mkdir(join(dataDirectory, "tests"));
  }
  try {
    await createTemplate();
  } catch (error) {
    await globalThis.testPostgres?.stop();
    throw error;
  }
}

const memory = "/dev/shm";
/** Bytes: several times what the databases of two test files and the write-ahead log take. */
const enough = 2 * 1024 ** 3;

/** Memory where there is room (Linux): a copy of the template takes 20 ms there, and half a second on a busy disk. */
async function fastFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize > enough ? memory : tmpdir();
}

async function createTemplate(): Promise<void> {
  await withClient(serverUrl(), (client) => client.query(`CREATE DATABASE ${templateDatabase}`));
  await migrateTemplate(serverUrl(templateDatabase));
  await withClient(serverUrl(), (client) =>
    client.query(`ALTER DATABASE ${templateDatabase} WITH ALLOW_CONNECTIONS false`),
  );
}

async function removeLeftovers(): Promise<void> {
  await withClient(serverUrl(), async (client) => {
    const names = "SELECT datname FROM pg_database WHERE datname LIKE 'changeover\\_test\\_%' OR datname = $1";
    const { rows } = await client.query<{ datname: string }>(names, [templateDatabase]);
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  });
}
