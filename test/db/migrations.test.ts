import type { DataSource } from "typeorm";
import { checkMigrations } from "../../src/cli/doctor/checkMigrations";
import { createDataSource } from "../../src/db/postgres/dataSource";
import { DatabaseNewerError, verifyAdmitted } from "../../src/db/postgres/databaseVersion";
import { migrate, migrateDown, migrationStatus } from "../../src/db/postgres/migrations";
import { createLogger } from "../../src/logger";
import { createEmptyDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";

const logger = createLogger("silent", "json");

test("F13: of five nodes that migrate at once, one does it, and the others wait until it is done", async () => {
  const database = await createEmptyDatabase();
  try {
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database.url, logger)));
    const all = (await migrationStatus(database.url, logger)).map(({ name, applied: isApplied }) =>
      isApplied ? name : null,
    );
    expect(applied.filter((names) => names.length > 0)).toEqual([all]);
  } finally {
    await database.drop();
  }
});

describe("a database that a newer build has migrated", () => {
  const newer = "Later0099000000000";
  let database: TestDatabase;
  const asNewer = (oldestBuild: number | null) =>
    withClient(database.url, async (client) => {
      await client.query("DELETE FROM changeover_builds WHERE migration = $1", [newer]);
      await client.query("DELETE FROM changeover_migrations WHERE name = $1", [newer]);
      await client.query("INSERT INTO changeover_migrations (timestamp, name) VALUES (99000000000, $1)", [newer]);
      if (oldestBuild !== null)
        await client.query("INSERT INTO changeover_builds VALUES ($1, $2)", [newer, oldestBuild]);
    });
  const withDatabase = async <Result>(work: (dataSource: DataSource) => Promise<Result>) => {
    const dataSource = await createDataSource({ url: database.url, poolSize: 1, logger }).initialize();
    return await work(dataSource).finally(() => dataSource.destroy());
  };
  beforeAll(async () => {
    database = await createEmptyDatabase();
    await migrate(database.url, logger);
  });
  afterAll(() => database.drop());

  test.each([[98], [null]])("is closed to this build when it admits builds from %p on", async (oldestBuild) => {
    await asNewer(oldestBuild);
    await expect(withDatabase(verifyAdmitted)).rejects.toThrow(DatabaseNewerError);
    await expect(withDatabase(verifyAdmitted)).rejects.toThrow(/newer than this build.*Later0099.*Install the version/);
    expect(await withDatabase(checkMigrations)).toMatchObject({ problem: expect.stringContaining(newer) });
  });

  test("is open to this build when it admits it, and the doctor warns", async () => {
    await asNewer(7);
    await withDatabase(verifyAdmitted);
    expect(await withDatabase(checkMigrations)).toMatchObject({
      isWarning: true,
      problem: expect.stringContaining(newer),
    });
  });

  test("is migrated by the newer build alone, admitted or not", async () => {
    for (const oldestBuild of [7, 98]) {
      await asNewer(oldestBuild);
      await expect(migrate(database.url, logger)).rejects.toThrow(DatabaseNewerError);
      await expect(migrateDown(database.url, logger)).rejects.toThrow(DatabaseNewerError);
    }
    expect((await migrationStatus(database.url, logger)).at(-1)).toEqual({
      name: newer,
      applied: true,
      isUnknown: true,
    });
  });
});
