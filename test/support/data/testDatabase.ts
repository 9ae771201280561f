import { randomUUID } from "node:crypto";
import { serverUrl, templateDatabase, withClient } from "../api/testServer";

/** Lets a database take connections, or ends those that it has and takes none. */
export async function setReachable(databaseUrl: string, reachable: boolean): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1);
  await withClient(serverUrl(), async (client) => {
    await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${reachable}`);
    if (reachable) return;
    await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [name]);
  });
}

export interface TestDatabase {
  readonly url: string;
  /** Removes the database, and with it the connections that are still open. */
  drop(): Promise<void>;
}

/** A migrated, empty database of its own for a test file: a copy of the template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return await createDatabase(`TEMPLATE ${templateDatabase} STRATEGY FILE_COPY`); // the fast one without fsync
}

/** A database of its own without any table. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await createDatabase("TEMPLATE template0");
}

async function createDatabase(origin: string): Promise<TestDatabase> {
  const name = `changeover_test_${randomUUID().replaceAll("-", "")}`;
  await withClient(serverUrl(), (client) => client.query(`CREATE DATABASE ${name} ${origin}`));
  return {
    url: serverUrl(name),
    drop: () =>
      withClient(serverUrl(), async (client) => void (await client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}
