import { getMetadataArgsStorage, type EntityManager } from "typeorm";
import { join, raw, select, sql, type Sql } from "./sql";

/**
 * An INSERT of an entity's rows, all columns but those that are left to the database. The rows travel as one JSON
 * parameter: the text is the same for one row and for twenty, so that PostgreSQL plans it once.
 */
export function insertion<Row extends object>(
  entity: new () => Row,
  rows: readonly object[],
  leftOut: readonly (keyof Row)[] = [],
): Sql {
  const { tables, columns } = getMetadataArgsStorage();
  const table = tables.find(({ target }) => target === entity)?.name;
  const given = columns.filter(
    ({ target, propertyName }) => target === entity && !leftOut.some((name) => name === propertyName),
  );
  const names = given.map(({ propertyName, options }) => options.name ?? propertyName).join(", ");
  const values = given.map(({ propertyName }) => `n."${propertyName}"`).join(", ");
  const types = given.map(({ propertyName, options }) => `"${propertyName}" ${String(options.type)}`).join(", ");
  return sql`INSERT INTO ${raw(`${table} (${names}) SELECT ${values}`)}
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(${raw(types)})`;
}

/**
 * Runs statements that change rows as one, and with them a last one. Foreign keys are looked up at its end; none of the
 * statements sees what another does.
 */
export async function executeTogether(manager: EntityManager, changes: readonly Sql[], last: Sql): Promise<void> {
  const parts = changes.map((change, index) => sql`${raw(`change_${index}`)} AS (${change})`);
  await select(manager, sql`WITH ${join(parts)} ${last}`);
}
