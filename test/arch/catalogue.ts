import type { Client } from "pg";

const ours = `n.nspname = 'public' AND c.relname NOT IN ('changeover_migrations', 'changeover_builds')`;

const queries = {
  columns: `SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY ' || a.attidentity::text END
      || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS definition
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE ${ours} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
  constraints: `SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ours}`,
  indexes: `SELECT pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ours}`,
  triggers: `SELECT pg_get_triggerdef(t.oid) AS definition
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${ours} AND NOT t.tgisinternal`,
  functions: `SELECT pg_get_functiondef(p.oid) AS definition
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'`,
};

/**
 * A database's own schema as PostgreSQL defines it, each list sorted. The migrations' table and the worker's schema
 * aside.
 */
export type Catalogue = Record<keyof typeof queries, string[]>;

/** Reads the schema of the database. */
export async function readCatalogue(client: Client): Promise<Catalogue> {
  const catalogue: Partial<Catalogue> = {};
  for (const [part, query] of Object.entries(queries)) {
    const { rows } = await client.query<{ definition: string }>(query);
    catalogue[part as keyof typeof queries] = rows.map(({ definition }) => definition).sort();
  }
  return catalogue as Catalogue;
}
