import { migrate, migrationStatus } from "../../src/db/migrations";
import { createLogger } from "../../src/logger";
import { createEmptyDatabase } from "../support/testDatabase";

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
