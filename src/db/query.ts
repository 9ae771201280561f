import { createHash } from "node:crypto";
import { DatabaseError, type Pool } from "pg";
import sql, { raw, type Sql } from "sql-template-tag";
import { getMetadataArgsStorage, type EntityManager } from "typeorm";
import type { PostgresDriver } from "typeorm/driver/postgres/PostgresDriver";

export { sql };
export { empty, join, raw, type Sql } from "sql-template-tag";

/**
 * Rows of a parametrized statement: on the transaction's connection within one, else on any of the pool, where PostgreSQL
 * keeps it prepared.
 */
export async function select<Row>(manager: EntityManager, statement: Sql): Promise<Row[]> {
  const { text, values } = statement;
  if (manager.queryRunner !== undefined) return await manager.query<Row[]>(text, values);
  const { driver, logger } = manager.dataSource;
  logger.logQuery(text);
  const pool: Pool = (driver as PostgresDriver).master;
  const client = await pool.connect();
  client.on("error", ignore);
  let lost: Error | undefined;
  try {
    const { rows } = await client.query({ name: preparedName(text), text, values });
    return rows as Row[];
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code === planOutdated) lost = error as Error;
    throw error;
  } finally {
    client.off("error", ignore);
    client.release(lost);
  }
}

/** SQLSTATE of a prepared statement whose tables a migration has changed since: another connection prepares it anew. */
const planOutdated = "0A000";

/** Without a listener a connection that is lost would end the process; its statement fails by itself. */
function ignore(): void {}

/** Statements that each connection keeps prepared, at most. */
const maxPrepared = 250;
const preparedNames = new Map<string, string>();

/** The name under which a statement is prepared; none when there are too many already. */
function preparedName(text: string): string | undefined {
  const known = preparedNames.get(text);
  if (known !== undefined || preparedNames.size >= maxPrepared) return known;
  const name = createHash("sha256").update(text).digest("base64url").slice(0, 20);
  preparedNames.set(text, name);
  return name;
}

/** A select list that reads an entity's columns under its property names: all, or those of some properties. */
export function columnsOf(entity: Function, alias: string, properties?: readonly string[]): Sql {
  const columns = getMetadataArgsStorage().columns.filter(
    ({ target, propertyName }) => target === entity && (properties?.includes(propertyName) ?? true),
  );
  return raw(
    columns
      .map((column) => `${alias}.${column.options.name ?? column.propertyName} AS "${column.propertyName}"`)
      .join(", "),
  );
}

/** All of the conditions; true when there is none. */
export function allOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`true` : conditions.reduce((left, right) => sql`${left} AND ${right}`);
}

/** So many rows at most. Written out: for a number that it does not know PostgreSQL plans a tenth of all rows. */
export function limitedTo(rows: number): Sql {
  return raw(`LIMIT ${Math.trunc(rows)}`);
}

/** A LIKE pattern that finds the text anywhere, its own wildcards taken literally. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
