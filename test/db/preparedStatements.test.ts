import type { DataSource, EntityManager } from "typeorm";
import { createDataSource } from "../../src/db/postgres/dataSource";
import { select, sql } from "../../src/db/postgres/sql";
import { inTransaction } from "../../src/db/postgres/transaction";
import { createLogger } from "../../src/logger";
import { createTestDatabase, type TestDatabase } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";

/** Statements stay prepared on their connection, in a transaction too; what a migration does to them harms nobody. */

let database: TestDatabase;
let dataSource: DataSource;
beforeEach(async () => {
  database = await createTestDatabase();
  await withClient(database.url, (client) =>
    client.query("INSERT INTO customers (id, customer_number, name) VALUES (gen_random_uuid(), 'C-1', 'Moss')"),
  );
  dataSource = await createDataSource({
    url: database.url,
    poolSize: 1,
    logger: createLogger("silent", "json"),
  }).initialize();
});
afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

const readCustomer = (manager: EntityManager) =>
  select<{ number: unknown }>(
    manager,
    sql`SELECT c.customer_number AS number FROM customers c WHERE c.name = ${"Moss"}`,
  );

const readPrepared = (manager: EntityManager) =>
  select<{ plans: string }>(
    manager,
    sql`SELECT generic_plans AS plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT c.customer_number%'`,
  );

test("a statement is planned once, in a transaction as outside of one", async () => {
  for (let time = 0; time < 3; time += 1) {
    await inTransaction(dataSource, readCustomer);
    await readCustomer(dataSource.manager);
  }

  expect(await readPrepared(dataSource.manager)).toEqual([{ plans: "6" }]);
});

test("a migration that changes a column under a prepared statement fails no transaction", async () => {
  await inTransaction(dataSource, readCustomer);
  await withClient(database.url, (client) =>
    client.query("ALTER TABLE customers ALTER customer_number TYPE varchar(20)"),
  );

  expect(await inTransaction(dataSource, readCustomer)).toEqual([{ number: "C-1" }]);
});
