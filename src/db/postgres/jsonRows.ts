import { getMetadataArgsStorage, type EntityManager } from "typeorm";
import { join, raw, select, sql, type Sql } from "./sql";

/**
 * Rows as one JSON value: an array of arrays. The driver makes a text and a value of each cell of a row by itself,
 * which for the hundreds of cells of a page takes longer than all else; V8 reads the same from JSON in a tenth of the
 * time.
 */

/** A column to be read that way. */
export interface JsonColumn {
  /** The expression that makes the JSON value. */
  readonly cell: Sql;
  /** Makes the column's value of it. */
  read(cell: unknown): unknown;
}

export type JsonColumns = Readonly<Record<string, JsonColumn>>;

/** A text, a number, a truth value, or a date, which stays the text that it is. */
export function plain(column: Sql): JsonColumn {
  return { cell: column, read: (cell) => cell };
}

/** An instant, or null: in JSON its milliseconds. */
export function instant(column: Sql): JsonColumn {
  return {
    cell: sql`(date_part('epoch', ${column}) * 1000)::bigint`,
    read: (cell) => (cell === null ? null : new Date(cell as number)),
  };
}

/** A whole number that may be too large for a `number`, as text. */
function bigint(column: Sql): JsonColumn {
  return plain(sql`${column}::text`);
}

const kinds: Readonly<Record<string, (column: Sql) => JsonColumn>> = { timestamptz: instant, bigint };

/** An entity's columns by its properties. */
export function jsonColumnsOf(entity: Function, alias: string): JsonColumns {
  const columns = getMetadataArgsStorage().columns.filter(({ target }) => target === entity);
  return Object.fromEntries(
    columns.map(({ propertyName, options }) => {
      const column = raw(`${alias}.${options.name ?? propertyName}`);
      return [propertyName, (kinds[String(options.type)] ?? plain)(column)];
    }),
  );
}

/** The columns of rows that are read as one JSON value. */
export class JsonShape<Row> {
  readonly #cells: Sql;
  readonly #names: readonly string[];
  readonly #reads: readonly JsonColumn["read"][];

  constructor(columns: JsonColumns) {
    this.#names = Object.keys(columns);
    this.#reads = Object.values(columns).map(({ read }) => read);
    this.#cells = raw(join(Object.values(columns).map(({ cell }) => cell)).sql);
  }

  /** The rows of a FROM clause, and all that follows it, in their order, as an expression that `rowsIn` reads. */
  select(from: Sql): Sql {
    return sql`(SELECT json_agg(cells) FROM (SELECT json_build_array(${this.#cells}) AS cells FROM ${from}) found)`;
  }

  rowsIn(json: JsonRows | undefined): Row[] {
    return json?.map((cells) => this.#row(cells)) ?? [];
  }

  #row(cells: readonly unknown[]): Row {
    const row: Record<string, unknown> = {};
    cells.forEach((cell, index) => {
      row[this.#names[index] as string] = this.#reads[index]?.(cell);
    });
    return row as Row;
  }
}

/** The rows as PostgreSQL returns them; null without rows. */
export type JsonRows = readonly (readonly unknown[])[] | null;

/** Reads the rows of a FROM clause, and all that follows it, in their order. */
export async function selectJson<Row>(manager: EntityManager, shape: JsonShape<Row>, from: Sql): Promise<Row[]> {
  const [found] = await select<{ rows: JsonRows }>(manager, sql`SELECT ${shape.select(from)} AS rows`);
  return shape.rowsIn(found?.rows);
}
