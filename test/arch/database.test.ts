import type { DataSource } from "typeorm";
import { createDataSource } from "../../src/db/postgres/dataSource";
import { migrate, migrateDown, migrationStatus } from "../../src/db/postgres/migrations";
import { createLogger } from "../../src/logger";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { readCatalogue, type Catalogue } from "./catalogue";

const logger = createLogger("silent", "json");
let database: TestDatabase;
let migrated: Catalogue;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url, logger);
  migrated = await catalogue();
});
afterAll(() => database?.drop());

const catalogue = () => withClient(database.url, readCatalogue);

async function withDataSource<Result>(work: (dataSource: DataSource) => Promise<Result>): Promise<Result> {
  const dataSource = await createDataSource({ url: database.url, poolSize: 1, logger }).initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** Takes all migrations back, one by one. Gives how many there were. */
async function migrateToNothing(): Promise<number> {
  let count = 0;
  while ((await migrateDown(database.url, logger)) !== null) count += 1;
  return count;
}

test("every migration is taken back without a trace, and migrating again gives the same schema", async () => {
  const migrations = await migrationStatus(database.url, logger);
  expect(await migrateToNothing()).toBe(migrations.length);
  expect(await catalogue()).toEqual({ columns: [], constraints: [], indexes: [], triggers: [], functions: [] });
  expect(await migrate(database.url, logger)).toEqual(migrations.map(({ name }) => name));
  expect(await catalogue()).toEqual(migrated);
});

test("every foreign key has an index that begins with its columns", async () => {
  const missing = await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT c.conname AS name FROM pg_constraint c
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND NOT EXISTS (
          SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
            AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey)
        ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  });
  expect(missing).toEqual([]);
});

/**
 * Not TypeORM's own comparison: it compares checks, indexes and keys by name alone, and takes gen_random_uuid() and a
 * cast in a default for changes. What PostgreSQL makes of both says more, the enumerations in the checks included.
 */
test("the entities by themselves make the same columns, constraints and indexes as the migrations", async () => {
  await migrateToNothing();
  await withDataSource((dataSource) => dataSource.synchronize());
  const { columns, constraints, indexes } = await catalogue();
  const declarable = migrated.indexes.filter((definition) => !/COALESCE\(|lower\(/.test(definition)); // TypeORM knows no others
  expect({ columns, constraints }).toEqual({ columns: migrated.columns, constraints: migrated.constraints });
  expect(indexes).toEqual(declarable);
});
