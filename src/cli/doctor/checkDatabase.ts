import type { DataSource } from "typeorm";
import type { Config } from "../../config";
import { createDataSource } from "../../db/postgres/dataSource";
import { errorCode } from "../../errorCode";
import { createLogger } from "../../logger";
import { cureOf, messageOf } from "../databaseUrl";
import { checkCluster } from "./checkCluster";
import { checkMigrations } from "./checkMigrations";
import { checkStoredTexts } from "./checkStoredTexts";
import { checkWork } from "./checkWork";
import { failed, ok, type Finding } from "./finding";

const what = "database (DATABASE_URL)";
/** Milliseconds. */
const patience = 5_000;
const leastVersion = 150_000;

/** All about PostgreSQL: reached, fit for us, migrated, open to us, and not held up. */
export async function checkDatabase(config: Config): Promise<Finding[]> {
  const logger = createLogger("silent", "json");
  const dataSource = createDataSource({ url: config.databaseUrl, poolSize: 1, logger, patience });
  try {
    await dataSource.initialize();
  } catch (error) {
    return [failed(what, messageOf(error), cureOf(errorCode(error)))];
  }
  const findings: Finding[] = [];
  try {
    for await (const found of examine(dataSource, config)) findings.push(...found);
  } catch (error) {
    findings.push(failed(what, messageOf(error), cureOf(errorCode(error))));
  } finally {
    await dataSource.destroy();
  }
  return findings;
}

async function* examine(dataSource: DataSource, config: Config): AsyncGenerator<readonly Finding[]> {
  yield [await checkVersion(dataSource)];
  yield await checkCluster(dataSource, config);
  const rights = await checkRights(dataSource);
  yield [rights];
  if (rights.problem !== null) return;
  const migrations = await checkMigrations(dataSource);
  yield [migrations];
  if (migrations.problem !== null && migrations.isWarning !== true) return;
  yield await checkWork(dataSource, config);
  yield [await checkStoredTexts(dataSource)];
}

async function checkVersion(dataSource: DataSource): Promise<Finding> {
  const [server] = await dataSource.query<{ number: number; name: string; encoding: string }[]>(
    `SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS name,
       current_setting('server_encoding') AS encoding`,
  );
  const { number = 0, name = "", encoding = "" } = server ?? {};
  if (number < leastVersion) return failed(what, `it is PostgreSQL ${name}`, "upgrade it to 15 or later (pg_upgrade)");
  if (encoding !== "UTF8") {
    return failed(what, `its encoding is ${encoding}`, "make a database with ENCODING 'UTF8' TEMPLATE template0");
  }
  return ok(`${what}: PostgreSQL ${name}`);
}

interface Rights {
  readonly role: string;
  readonly database: string;
  readonly mayMigrate: boolean;
  /** Tables that are there and closed to the role. */
  readonly closed: string[] | null;
}

/** Checks the rights of the role on the tables, or its right to create them while there are no tables. */
async function checkRights(dataSource: DataSource): Promise<Finding> {
  const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName);
  const [rights] = await dataSource.query<Rights[]>(
    `SELECT current_user AS role, current_database() AS database,
       to_regclass('cocp_records') IS NOT NULL OR has_database_privilege(current_database(), 'CREATE')
         AND has_schema_privilege(current_schema(), 'CREATE') AS "mayMigrate",
       (SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND (n.nspname = current_schema() AND c.relname = ANY($1) OR n.nspname = 'graphile_worker')
           AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
             AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE'))) AS closed`,
    [[...tables, "changeover_migrations"]],
  );
  const { role = "", database = "", closed = null, mayMigrate = false } = rights ?? {};
  if (!mayMigrate) return owner(`the role ${role} may not make tables and schemas in it`, database, role);
  if (closed === null) return ok("rights in the database");
  return owner(`the role ${role} may not read and write ${closed.join(", ")}`, database, role);
}

function owner(problem: string, database: string, role: string): Finding {
  const cure = `connect as the role that migrated, or: ALTER DATABASE ${database} OWNER TO ${role}, and the tables with it (REASSIGN OWNED)`;
  return failed("rights in the database", problem, cure);
}
