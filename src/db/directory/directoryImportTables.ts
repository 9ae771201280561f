export type DirectoryTable = "customers" | "partners" | "partner_users" | "billing_accounts" | "billing_account_roles";

/** How the rows of a file, staged in `import_TABLE`, become rows of the table. */
export interface StagedTable {
  /** The columns of the file, as they are staged beside the number of the line. */
  readonly staged: string;
  /** The columns that name a row in the file. */
  readonly fileKey: readonly string[];
  /** The same in the table. */
  readonly key: readonly string[];
  /** The columns that a row of the file sets. */
  readonly values: readonly string[];
  /** Staged rows as rows of the table: numbers resolved to ids. */
  readonly rows: string;
  /** Keys of the rows that staged rows take away; absent where rows only come and change. */
  readonly removals?: string;
}

export const stagedTables: Readonly<Record<DirectoryTable, StagedTable>> = {
  customers: {
    staged: "customer_number text, name text",
    fileKey: ["customer_number"],
    key: ["customer_number"],
    values: ["name"],
    rows: "SELECT * FROM import_customers",
  },
  partners: {
    staged: `pcn text, organization_name text, allowed boolean, reseller boolean, software_advisor boolean,
      enterprise_direct_support boolean, notification_address text`,
    fileKey: ["pcn"],
    key: ["pcn"],
    values: [
      "organization_name",
      "allowed",
      "reseller",
      "software_advisor",
      "enterprise_direct_support",
      "notification_address",
    ],
    rows: "SELECT * FROM import_partners",
  },
  partner_users: {
    staged: "email text, pcn text, display_name text, can_respond boolean",
    fileKey: ["email"],
    key: ["email"],
    values: ["partner_id", "display_name", "can_respond"],
    rows: "SELECT s.*, p.id AS partner_id FROM import_partner_users s JOIN partners p USING (pcn)",
    removals: "SELECT email FROM import_partner_users WHERE pcn IS NULL",
  },
  billing_accounts: {
    staged: `account_number text, display_name text, customer_number text, program text, agreement_status text,
      channel text, start_date date, end_date date, anniversary_date date, partner_pcn text, bill_to_pcn text`,
    fileKey: ["account_number"],
    key: ["account_number"],
    values: [
      "display_name",
      "customer_id",
      "program",
      "agreement_status",
      "channel",
      "start_date",
      "end_date",
      "anniversary_date",
      "partner_id",
      "bill_to_partner_id",
    ],
    rows: `SELECT s.*, c.id AS customer_id, p.id AS partner_id, b.id AS bill_to_partner_id
      FROM import_billing_accounts s
      JOIN customers c USING (customer_number)
      JOIN partners p ON p.pcn = s.partner_pcn
      LEFT JOIN partners b ON b.pcn = s.bill_to_pcn`,
  },
  billing_account_roles: {
    staged: "email text, account_number text, role text",
    fileKey: ["email", "account_number"],
    key: ["email", "billing_account_id"],
    values: ["role"],
    rows: `SELECT s.*, a.id AS billing_account_id
      FROM import_billing_account_roles s JOIN billing_accounts a USING (account_number) WHERE s.role IS NOT NULL`,
    removals: `SELECT s.email, a.id AS billing_account_id
      FROM import_billing_account_roles s JOIN billing_accounts a USING (account_number) WHERE s.role IS NULL`,
  },
};

/** A column of a file that must name a row of an earlier file or of the database. */
export interface DirectoryReference {
  readonly table: DirectoryTable;
  readonly column: string;
  readonly target: DirectoryTable;
  readonly targetColumn: string;
}

export const directoryReferences: readonly DirectoryReference[] = [
  { table: "partner_users", column: "pcn", target: "partners", targetColumn: "pcn" },
  { table: "billing_accounts", column: "customer_number", target: "customers", targetColumn: "customer_number" },
  { table: "billing_accounts", column: "partner_pcn", target: "partners", targetColumn: "pcn" },
  { table: "billing_accounts", column: "bill_to_pcn", target: "partners", targetColumn: "pcn" },
  {
    table: "billing_account_roles",
    column: "account_number",
    target: "billing_accounts",
    targetColumn: "account_number",
  },
];

/** The columns that make up a table's key in its file. */
export function keyOf(table: DirectoryTable): readonly string[] {
  return stagedTables[table].fileKey;
}
