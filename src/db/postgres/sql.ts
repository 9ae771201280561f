import { createHash } from "node:crypto";
import { DatabaseError, type Client } from "pg";
import sql, { raw, type Sql } from "sql-template-tag";
import { getMetadataArgsStorage, type EntityManager } from "typeorm";
import { errorCode } from "../../errorCode";
import { SilentServerError, type DatabaseClient } from "./databaseClient";
import { connectedPoolOf, type PooledClient } from "./databasePool";
import { shareOf } from "./connectionQuotas";
import { planOutdated } from "./transaction";

export { sql };
export { empty, join, raw, type Sql } from "sql-template-tag";

/**
 * Runs a parametrized statement and returns its rows. PostgreSQL keeps it prepared on each connection. It runs on the
 * transaction's connection, or else on one of the pool, within the caller's quota. `answerWithin`: milliseconds after
 * which the connection counts as dead, for a statement that must be faster than the usual limit. Throws
 * ShareTakenError.
 */
export async function select<Row>(manager: EntityManager, statement: Sql, answerWithin?: number): Promise<Row[]> {
  const { queryRunner } = manager;
  if (queryRunner !== undefined) return await rowsOf<Row>(manager, (await queryRunner.connect()) as Client, statement);
  const share = shareOf(manager);
  const turn = share?.take();
  if (turn) await turn;
  const pool = connectedPoolOf(manager.dataSource);
  let client: PooledClient | undefined;
  let late: NodeJS.Timeout | undefined;
  let lost: Error | undefined;
  try {
    client = await pool.connect();
    if (answerWithin !== undefined) late = setTimeout(giveUp, answerWithin, client, answerWithin);
    return await rowsOf<Row>(manager, client, statement);
  } catch (error) {
    if (!(error instanceof DatabaseError)) lost = error as Error;
    throw error;
  } finally {
    clearTimeout(late);
    client?.release(lost);
    share?.giveBack();
  }
}

function giveUp(client: DatabaseClient, milliseconds: number): void {
  client.giveUp(new SilentServerError(`The database gave no answer within ${milliseconds} ms`));
}

async function rowsOf<Row>(manager: EntityManager, client: Client, { text, values }: Sql): Promise<Row[]> {
  const { logger } = manager.dataSource;
  logger.logQuery(text);
  try {
    const { rows } = await client.query({ name: preparedName(text), text, values });
    return rows as Row[];
  } catch (error) {
    logger.logQueryError(error as Error, text);
    if (errorCode(error) === planOutdated) void client.end().catch(() => {}); // the next one prepares it anew
    throw error;
  }
}

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

/** Joins conditions with AND; true without conditions. */
export function allOf(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`true` : conditions.reduce((left, right) => sql`${left} AND ${right}`);
}

/** A LIMIT with the number written out: for a parameter, PostgreSQL plans for a tenth of all rows. */
export function limitedTo(rows: number): Sql {
  return raw(`LIMIT ${Math.trunc(rows)}`);
}

/** Characters that a number or name of the directory has at most. */
const longestText = 200;

/**
 * A LIKE pattern that finds the text anywhere, its own wildcards taken literally. Of what is too long to be part of
 * anything just enough is left to find nothing: PostgreSQL would fold the case of all of it for each row.
 */
export function containing(text: string): string {
  return `%${text.slice(0, longestText + 1).replace(/[\\%_]/g, "\\$&")}%`;
}
