/** How a session differs from others. Limits are in milliseconds; 0: none. */
export interface SessionOptions {
  /** For one statement, its waiting for locks included. */
  readonly statementTimeout: number;
  /** For a transaction between two statements: the feed waits for the slowest writing transaction. */
  readonly idleInTransactionTimeout: number;
  /** A statement is planned once and not for each request's values: see test/db/listPlans. */
  readonly genericPlans: boolean;
}

/** Part of a statement's time that it may wait for a lock: then the log says that it was one. */
const lockShare = 0.8;

/**
 * Everything that a database, a role or postgresql.conf may set and that changes how values are written, read,
 * compared or found. The names are PostgreSQL's. Durability and costs stay the operator's.
 */
const settings = {
  timezone: "UTC",
  timezone_abbreviations: "Default",
  datestyle: "ISO, YMD",
  intervalstyle: "postgres",
  client_encoding: "UTF8",
  extra_float_digits: "1",
  bytea_output: "hex",
  xmlbinary: "base64",
  xmloption: "content",
  standard_conforming_strings: "on",
  backslash_quote: "safe_encoding",
  array_nulls: "on",
  transform_null_equals: "off",
  quote_all_identifiers: "off",
  gin_fuzzy_search_limit: "0",
  default_text_search_config: "pg_catalog.simple",
  lc_monetary: "C",
  lc_numeric: "C",
  lc_time: "C",
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  idle_session_timeout: "0",
  row_security: "on",
  exit_on_error: "off",
} as const;

/**
 * Settings that some servers lack (before 15.8, 17) or that only a superuser may set: set where the value differs.
 * With `replica`, foreign keys are not enforced: the connection fails if the role may not change that.
 */
const conditionalSettings = {
  transaction_timeout: "0",
  restrict_nonsystem_relation_kind: "",
  session_replication_role: "origin",
} as const;

/**
 * The schema of the tables: where the migrations are recorded, else where new tables would be made. A search path of
 * the database or role may put other tables and functions before ours.
 */
const schema = `SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(COALESCE(
    (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
     WHERE c.relname OPERATOR(pg_catalog.=) 'changeover_migrations' AND c.relkind OPERATOR(pg_catalog.=) 'r'
     ORDER BY n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false)) DESC,
       n.nspname OPERATOR(pg_catalog.=) 'public' DESC LIMIT 1),
    NULLIF(pg_catalog.current_schema(), 'pg_catalog'), 'public')), false)`;

function setWhereDifferent([name, value]: [string, string]): string {
  const differs = `pg_catalog.current_setting('${name}', true) OPERATOR(pg_catalog.<>) '${value}'`;
  return `SELECT CASE WHEN ${differs} THEN pg_catalog.set_config('${name}', '${value}', false) END`;
}

/**
 * The statements that set a session up; the last gives `readOnly`. As one message, so that they cost one round trip,
 * and not as parameters of the connection: PgBouncer refuses those. The limit comes first: it holds from the next
 * statement on.
 */
export function sessionSetup(options: SessionOptions): string {
  const { statementTimeout, idleInTransactionTimeout, genericPlans } = options;
  const limits = {
    statement_timeout: statementTimeout,
    lock_timeout: Math.ceil(statementTimeout * lockShare),
    idle_in_transaction_session_timeout: idleInTransactionTimeout,
  };
  return [
    ...Object.entries(limits).map(([name, milliseconds]) => `SET ${name} = ${Math.trunc(milliseconds)}`),
    `SET plan_cache_mode = ${genericPlans ? "force_generic_plan" : "auto"}`,
    ...Object.entries(settings).map(([name, value]) => `SET ${name} = '${value}'`),
    ...Object.entries(conditionalSettings).map(setWhereDifferent),
    schema,
    `SELECT pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool AS "readOnly"`,
  ].join("; ");
}
