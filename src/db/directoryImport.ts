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
  await client.query("SELECT pg_advisory_xact_lock(hashtext('changeover import'))");
  for (const [table, { staged }] of Object.entries(stagedTables)) {
    await client.query(`CREATE TEMP TABLE import_${table} (line integer NOT NULL, ${staged}) ON COMMIT DROP`);
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

/**
 * Locks the existing accounts that the files change or give a role on, before anything else is written and in id order
 * as requests do, so that an import and a request wait for each other and never deadlock.
 */
export async function lockAccounts(client: ClientBase, setPartner: boolean): Promise<void> {
  const sameText = [
    "display_name",
    "program",
    "agreement_status",
    "channel",
    "start_date",
    "end_date",
    "anniversary_date",
  ];
  await client.query(
    `SELECT count(*) FROM (
       SELECT FROM billing_accounts WHERE id IN (
         SELECT t.id FROM import_billing_accounts s
         JOIN billing_accounts t USING (account_number)
         JOIN customers c ON c.id = t.customer_id
         JOIN partners p ON p.id = t.partner_id
         LEFT JOIN partners b ON b.id = t.bill_to_partner_id
         WHERE ${differs(sameText)} OR c.customer_number <> s.customer_number
           OR b.pcn IS DISTINCT FROM s.bill_to_pcn OR ($1 AND p.pcn <> s.partner_pcn)
         UNION
         SELECT t.id FROM import_billing_account_roles s
         JOIN billing_accounts t USING (account_number)
         LEFT JOIN billing_account_roles r ON r.email = s.email AND r.billing_account_id = t.id
         WHERE r.email IS NULL
       ) ORDER BY id FOR NO KEY UPDATE
     ) locked`,
    [setPartner],
  );
}

/**
 * Brings a table to what was staged for it; rows that say the same already are not touched. An existing account keeps
 * its partner of record unless `setPartner`.
 */
export async function loadTable(
  client: ClientBase,
  table: DirectoryTable,
  setPartner: boolean,
): Promise<{ inserted: number; updated: number }> {
  const target = stagedTables[table];
  const { key, values, rows } = target;
  const updatable = values.filter((column) => table !== "billing_accounts" || setPartner || column !== "partner_id");
  const updated = await client.query(
    `UPDATE ${table} t SET ${updatable.map((column) => `${column} = s.${column}`).join(", ")}
     FROM (${rows}) s WHERE ${sameKey(target)} AND ${differs(updatable)}`,
  );
  const columns = [...key, ...values].join(", ");
  const inserted = await client.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM (${rows}) s
     WHERE NOT EXISTS (SELECT FROM ${table} t WHERE ${sameKey(target)}) ORDER BY line`,
  );
  return { inserted: inserted.rowCount ?? 0, updated: updated.rowCount ?? 0 };
}

function sameKey({ key }: StagedTable): string {
  return key.map((column) => `t.${column} = s.${column}`).join(" AND ");
}

function differs(columns: readonly string[]): string {
  const row = (alias: string) => `ROW(${columns.map((column) => `${alias}.${column}`).join(", ")})`;
  return `${row("t")} IS DISTINCT FROM ${row("s")}`;
}
