import type { DataSource, QueryRunner } from "typeorm";
import { isCanonical, type StoredText } from "../../domain/keys";
import { ok, warning, type Finding } from "./finding";

const what = "stored keys and names";
/** Rows that are read at a time. */
const batchSize = 5_000;

type Columns = Readonly<Record<string, StoredText>>;

/** The keys and names of each table that people gave. */
const columnsOf: Readonly<Record<string, Columns>> = {
  customers: { customer_number: "NUMBER", name: "NAME" },
  partners: { pcn: "PCN", organization_name: "NAME", notification_address: "MAILBOX" },
  partner_users: { email: "PERSON", display_name: "NAME" },
  billing_accounts: { account_number: "NUMBER", display_name: "NAME" },
  billing_account_roles: { email: "PERSON" },
  cocp_records: { contact: "MAILBOX", early_cocp_case_number: "NAME" },
  cocp_signatures: { first_name: "NAME", last_name: "NAME", signed_by: "PERSON" },
};

const plainText = "~ '^[!-~]([ -~]*[!-~])?$'";
const plainAddress = "~ '^(?=.{3,64}$)[a-z0-9]+([._-][a-z0-9]+)*@([a-z0-9]+[.])+[a-z0-9]+$'";

/** Conditions that only canonical texts meet. Most texts meet them, so that few rows are read. */
const plain: Readonly<Record<StoredText, string>> = {
  NAME: plainText,
  NUMBER: plainText,
  PCN: "~ '^[!-`{-~]{1,32}$'",
  PERSON: plainAddress,
  MAILBOX: plainAddress,
};

/**
 * Counts keys and names that were stored under older rules. They stay valid, but may not be found or imported again.
 */
export async function checkStoredTexts(dataSource: DataSource): Promise<Finding> {
  const counts: string[] = [];
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  try {
    for (const [table, columns] of Object.entries(columnsOf)) {
      const count = await countIn(runner, table, columns);
      if (count > 0) counts.push(`${count} in ${table}`);
    }
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
  if (counts.length === 0) return ok(what);
  return warning(
    what,
    `rows whose texts today's rules for names would refuse or write differently: ${counts.join(", ")}`,
    "none is needed: they stay as they are; docs/integrators.md says what an import accepts today",
  );
}

/** How many rows of a table have a text that is not canonical. */
async function countIn(runner: QueryRunner, table: string, columns: Columns): Promise<number> {
  const names = Object.keys(columns);
  const unusual = Object.entries(columns).map(([column, kind]) => `NOT ${column} COLLATE "C" ${plain[kind]}`);
  await runner.query(
    `DECLARE stored_texts NO SCROLL CURSOR FOR SELECT ${names.join(", ")} FROM ${table} WHERE ${unusual.join(" OR ")}`,
  );
  let count = 0;
  for (;;) {
    const rows: Record<string, string | null>[] = await runner.query(`FETCH ${batchSize} FROM stored_texts`);
    if (rows.length === 0) break;
    count += rows.filter((row) => !isCanonicalRow(row, columns)).length;
  }
  await runner.query("CLOSE stored_texts");
  return count;
}

function isCanonicalRow(row: Readonly<Record<string, string | null>>, columns: Columns): boolean {
  return Object.entries(columns).every(([column, kind]) => {
    const text = row[column] ?? null;
    return text === null || isCanonical(kind, text);
  });
}
