/** Something that takes a text, as whoever tries SQL on it sees it. */
export interface Target {
  /** A text that it finds something by; null: none is known. */
  readonly value: string | null;
  /** What is told in answer to a text, and whether it was the answer to something that went wrong inside. */
  ask(text: string): Promise<{ readonly told: string; readonly failed: boolean }>;
  /** The statements that PostgreSQL was sent so far. */
  readonly statements: readonly string[];
  /** Of its database. */
  rows(statement: string): Promise<readonly object[]>;
}

export type Technique = "boolean" | "error" | "union" | "stacked" | "time" | "statement";

/** By what an attacker learns that its text is run as SQL, and the text. */
export type Injections = ReadonlyMap<Technique, string>;

/** Sqlmap's boundaries: what ends the text that a statement holds, and what makes good for the rest of it. */
const boundaries: readonly [string, string][] = [
  ["", ""],
  ["'", " AND 'a'='a"],
  ["'", "--"],
  ["')", " AND ('a'='a"],
  ["')", "--"],
  ["'))", "-- x"],
  ['"', ' AND "a"="a'],
  ["%'", " AND '%'='"],
  ["]::uuid[])", "--"],
  ["\\'", "--"],
];

const countedSleep = `
  CREATE SEQUENCE qb_sleeps;
  CREATE FUNCTION public.pg_sleep(seconds integer) RETURNS void LANGUAGE sql AS $$ SELECT nextval('qb_sleeps') $$`;

/** Replaces `pg_sleep` of whole seconds by a function that counts its calls, so that a call shows without a clock. */
async function withCountedSleep<Result>(target: Target, work: () => Promise<Result>): Promise<[Result, boolean]> {
  await target.rows(countedSleep);
  try {
    const result = await work();
    const [{ called } = {}] = (await target.rows("SELECT is_called AS called FROM qb_sleeps")) as {
      called?: boolean;
    }[];
    return [result, called === true];
  } finally {
    await target.rows("DROP FUNCTION public.pg_sleep(integer); DROP SEQUENCE qb_sleeps");
  }
}

/** What is tried: texts whose answers are compared with each other, or whose effect shows by itself. */
interface Try {
  readonly technique: Technique;
  readonly text: string;
  /** The same with a condition that is false. */
  readonly twin?: string;
}

/**
 * Of one second, as sqlmap writes it. In the database under test it counts its calls in place of sleeping: see
 * `withCountedSleep`.
 */
const sleep = 1;
const stacked = "qb_stacked";
/** What PostgreSQL makes of the texts; none of them holds it. */
const made = /qb42|qbPostgreSQL|syntax error at|pg_catalog|22P02/;

/** What sqlmap tries on a text, technique by technique, for PostgreSQL. */
function triesOf(known: string | null): readonly Try[] {
  const value = known ?? "1";
  // What is found may be hidden, or more be found than is.
  const condition = known === null ? "OR NOT 3310=" : "AND 3311=";
  const within = boundaries.flatMap(([prefix, suffix]): Try[] => {
    const text = (sql: string) => `${value}${prefix}${sql}${suffix}`;
    return [
      { technique: "boolean", text: text(` ${condition}3311`), twin: text(` ${condition}3310`) },
      {
        technique: "error",
        text: text(" AND 2407=CAST((CHR(113)||CHR(98))||(SELECT version())::text AS NUMERIC)"),
      },
      { technique: "union", text: text(" UNION ALL SELECT CHR(113)||CHR(98)||(41+1)") },
      { technique: "stacked", text: text(`;CREATE TABLE IF NOT EXISTS ${stacked} ()`) },
      { technique: "time", text: text(` AND 7092=(SELECT 7092 FROM PG_SLEEP(${sleep}))`) },
    ];
  });
  const choice = (is: string) => `(SELECT (CASE WHEN (${is}) THEN ${value} ELSE 0 END))`;
  return [
    ...within,
    { technique: "boolean", text: choice("1=1"), twin: choice("1=2") },
    { technique: "time", text: `$$||pg_sleep(${sleep})||$$` },
    { technique: "time", text: `${value},(SELECT 1 FROM PG_SLEEP(${sleep}))` },
  ];
}

/** Tries all, or those that `choose` leaves, a few texts at once, and of each technique until it has worked. */
export async function injectionsInto(
  target: Target,
  choose = (tries: readonly Try[]): readonly Try[] => tries,
): Promise<Injections> {
  const found = new Map<Technique, string>();
  const ask = async (text: string) => {
    const { told, failed } = await target.ask(text);
    if (failed || made.test(told)) found.set(/qb42/.test(told) ? "union" : "error", text);
    if (target.statements.some((statement) => statement.includes(text))) found.set("statement", text);
    // What differs by the text alone says nothing.
    return told.replaceAll(JSON.stringify(text).slice(1, -1), "");
  };
  const hasWorked = async ({ technique, text, twin = "" }: Try) => {
    const told = await ask(text);
    return technique === "boolean" && told !== (await ask(twin));
  };
  const open = choose(triesOf(target.value)).values();
  const tryAll = async () => {
    for (const one of open) {
      if (!found.has(one.technique) && (await hasWorked(one))) found.set(one.technique, one.text);
    }
  };
  const [, slept] = await withCountedSleep(target, () => Promise.all([tryAll(), tryAll(), tryAll(), tryAll()]));
  if (slept) found.set("time", "pg_sleep");
  const [{ there } = {}] = (await target.rows(`SELECT to_regclass('${stacked}') IS NOT NULL AS there`)) as {
    there?: boolean;
  }[];
  if (there === true) found.set("stacked", stacked);
  await target.rows(`DROP TABLE IF EXISTS ${stacked}`);
  return found;
}
