import { advisoryLocks } from "../postgres/advisoryLocks";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ClientBase } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import {
  keyOf,
  stagedTables,
  type DirectoryReference,
  type DirectoryTable,
  type StagedTable,
} from "./directoryImportTables";

/** The first rows that a check found, and how many there are. */
export interface Findings<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/**
 * Makes the staging tables, which go with the transaction that must be open. One import runs at a time: another waits
 * here for the end of this one's transaction.
 */
export async function prepareStaging(client: ClientBase): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock($1)", [advisoryLocks.import]);
  for (const [table, { staged }] of Object.entries(stagedTables)) {
    await client.query(`CREATE TEMP TABLE import_${table} (line integer NOT NULL, ${staged}) ON COMMIT DROP`);
    await client.query(`CREATE TEMP TABLE import_changed_${table} (line integer NOT NULL) ON COMMIT DROP`);
  }
}

/** Copies chunks of rows in the text format of COPY, line number first, no faster than PostgreSQL takes them. */
export async function stageRows(
  client: ClientBase,
  table: DirectoryTable,
  columns: readonly string[],
  chunks: AsyncIterable<string>,
): Promise<void> {
  const copy = client.query(copyFrom(`COPY import_${table} (line, ${columns.join(", ")}) FROM STDIN`));
  await pipeline(Readable.from(chunks), copy);
  await client.query(`ANALYZE import_${table}`);
}

/** Rows whose key an earlier line of the same file has. */
export function findDuplicates(
  client: ClientBase,
  table: DirectoryTable,
  limit: number,
): Promise<Findings<{ line: number; firstLine: number }>> {
  const key = keyOf(table);
  return find(
    client,
    `SELECT line, "firstLine" FROM (
       SELECT line, min(line) OVER (PARTITION BY ${key.join(", ")}) AS "firstLine" FROM import_${table}
       WHERE ${key.map((column) => `${column} IS NOT NULL`).join(" AND ")}
     ) keys WHERE line > "firstLine"`,
    limit,
  );
}

/** Rows that name what neither the files nor the database have. */
export function findUnknown(
  client: ClientBase,
  { table, column, target, targetColumn }: DirectoryReference,
  limit: number,
): Promise<Findings<{ line: number; value: string }>> {
  return find(
    client,
    `SELECT line, ${column} AS value FROM import_${table} s
     WHERE ${column} IS NOT NULL
       AND NOT EXISTS (SELECT FROM import_${target} t WHERE t.${targetColumn} = s.${column})
       AND NOT EXISTS (SELECT FROM ${target} t WHERE t.${targetColumn} = s.${column})`,
    limit,
  );
}

/** Accounts that have another partner of record than their row says. */
export function findOtherPartners(
  client: ClientBase,
  limit: number,
): Promise<Findings<{ line: number; accountNumber: string; partnerOfRecord: string; partnerInFile: string }>> {
  return find(
    client,
    `SELECT line, account_number AS "accountNumber", p.pcn AS "partnerOfRecord", partner_pcn AS "partnerInFile"
     FROM import_billing_accounts s
     JOIN billing_accounts a USING (account_number)
     JOIN partners p ON p.id = a.partner_id
     WHERE p.pcn <> partner_pcn`,
    limit,
  );
}

async function find<Row extends { line: number }>(
  client: ClientBase,
  sql: string,
  limit: number,
): Promise<Findings<Row>> {
  const { rows } = await client.query<Row & { total: number }>(
    `SELECT *, (count(*) OVER ())::integer AS total FROM (${sql}) found ORDER BY line LIMIT $1`,
    [limit],
  );
  return { rows, total: rows[0]?.total ?? 0 };
}

/** A query for the ids of the accounts that `findChanged` found. */
export const changedAccounts = `SELECT t.id FROM import_changed_billing_accounts JOIN import_billing_accounts s USING (line)
  JOIN billing_accounts t USING (account_number)`;

/**
 * Notes the lines whose rows exist and differ, so that only these are looked at while locks are held. Call it before
 * `insertNew`: new rows are not compared then. With `setPartner`, accounts in a grace period count too: settling may
 * move their partner.
 */
export async function findChanged(client: ClientBase, table: DirectoryTable, setPartner: boolean): Promise<void> {
  const target = stagedTables[table];
  const moves = `EXISTS (SELECT FROM cocp_records r WHERE r.billing_account_id = t.id AND r.status = 'IN_GRACE_PERIOD')`;
  const differing = differs(updatableColumns(table, setPartner));
  await client.query(
    `INSERT INTO import_changed_${table} SELECT line FROM (${target.rows}) s JOIN ${table} t ON ${sameKey(target)}
     WHERE ${differing} ${table === "billing_accounts" && setPartner ? `OR ${moves}` : ""}`,
  );
  await client.query(`ANALYZE import_changed_${table}`);
}

/** Adds the staged rows whose key is new, and returns how many. Locks no row that exists. */
export async function insertNew(client: ClientBase, table: DirectoryTable): Promise<number> {
  const target = stagedTables[table];
  const columns = [...target.key, ...target.values].join(", ");
  const { rowCount } = await client.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM (${target.rows}) s
     WHERE NOT EXISTS (SELECT FROM ${table} t WHERE ${sameKey(target)}) ORDER BY line`,
  );
  return rowCount ?? 0;
}

/**
 * Updates the rows that `findChanged` found and that still differ, and returns how many. An existing account keeps
 * its partner of record unless `setPartner`.
 */
export async function updateChanged(client: ClientBase, table: DirectoryTable, setPartner: boolean): Promise<number> {
  const columns = updatableColumns(table, setPartner);
  const { rowCount } = await client.query(
    `UPDATE ${table} t SET ${columns.map((column) => `${column} = s.${column}`).join(", ")}
     FROM (${stagedTables[table].rows}) s
     WHERE s.line IN (SELECT line FROM import_changed_${table}) AND ${sameKey(stagedTables[table])} AND ${differs(columns)}`,
  );
  return rowCount ?? 0;
}

/** How many rows `updateChanged` would update. Locks nothing. */
export async function countChanged(client: ClientBase, table: DirectoryTable, setPartner: boolean): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM ${table} t JOIN (${stagedTables[table].rows}) s ON ${sameKey(stagedTables[table])}
     WHERE s.line IN (SELECT line FROM import_changed_${table}) AND ${differs(updatableColumns(table, setPartner))}`,
  );
  return rows[0]?.count ?? 0;
}

/** Deletes the rights that staged rows take away, and returns how many there were. */
export async function removeEnded(client: ClientBase, table: DirectoryTable): Promise<number> {
  const { removals } = stagedTables[table];
  if (removals === undefined) return 0;
  const { rowCount } = await client.query(
    `DELETE FROM ${table} t USING (${removals}) s WHERE ${sameKey(stagedTables[table])}`,
  );
  return rowCount ?? 0;
}

/** How many rows `removeEnded` would delete. Locks nothing. */
export async function countEnded(client: ClientBase, table: DirectoryTable): Promise<number> {
  const { removals } = stagedTables[table];
  if (removals === undefined) return 0;
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM ${table} t JOIN (${removals}) s ON ${sameKey(stagedTables[table])}`,
  );
  return rows[0]?.count ?? 0;
}

function updatableColumns(table: DirectoryTable, setPartner: boolean): readonly string[] {
  const { values } = stagedTables[table];
  return values.filter((column) => table !== "billing_accounts" || setPartner || column !== "partner_id");
}

function sameKey({ key }: StagedTable): string {
  return key.map((column) => `t.${column} = s.${column}`).join(" AND ");
}

function differs(columns: readonly string[]): string {
  const row = (alias: string) => `ROW(${columns.map((column) => `${alias}.${column}`).join(", ")})`;
  return `${row("t")} IS DISTINCT FROM ${row("s")}`;
}
