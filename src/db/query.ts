import sql, { raw, type Sql } from "sql-template-tag";
import { getMetadataArgsStorage, type EntityManager } from "typeorm";

export { sql };
export { empty, join, raw, type Sql } from "sql-template-tag";

/** Rows of a parametrized statement. */
export async function select<Row>(manager: EntityManager, statement: Sql): Promise<Row[]> {
  return await manager.query<Row[]>(statement.text, statement.values);
}

/** A select list that reads an entity's columns under its property names. */
export function columnsOf(entity: Function, alias: string): Sql {
  const columns = getMetadataArgsStorage().columns.filter((column) => column.target === entity);
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

/** A LIKE pattern that finds the text anywhere, its own wildcards taken literally. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
