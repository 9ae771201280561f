import { parseArgs } from "node:util";
import { startPostgres, withClient } from "../lib/postgres.mjs";
import { seededDatabase } from "./seed.mjs";

const { values } = parseArgs({ options: { records: { type: "string", default: "100000" } } });
const records = Number(values.records);
if (!Number.isSafeInteger(records) || records < 1) throw new Error("--records takes a number of 1 or more");
const postgres = await startPostgres();
try {
  const url = await seededDatabase(postgres, records);
  const size = await withClient(url, (client) =>
    client.query("SELECT pg_size_pretty(pg_database_size(current_database())) AS size"),
  );
  console.log(`${records} records, ${size.rows[0].size}: kept in .changeover/bench for the next bench`);
} finally {
  await postgres.stop();
}
