import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "@swc/core";
import type { Diagnostics } from "recheck";

/** Regular expressions take linear time: the text that they are applied to may be of any length, and a client's. */

const folder = join(__dirname, "../../src");

interface Expression {
  readonly pattern: string;
  readonly flags: string;
}

interface Found {
  readonly expressions: readonly Expression[];
  /** Calls of RegExp that make an expression from something else than constants. */
  readonly dynamic: number;
}

/** A node of the syntax tree, or a list of nodes, or a value of one. */
type Syntax = unknown;
const part = (node: Syntax, name: string): Syntax =>
  typeof node === "object" && node !== null ? Reflect.get(node, name) : undefined;

function* nodesOf(node: Syntax): Generator<Syntax> {
  if (typeof node !== "object" || node === null) return;
  yield node;
  for (const child of Object.values(node)) yield* nodesOf(child);
}

/** The value of a text that is written out in the source, or null. */
function textOf(node: Syntax): string | null {
  if (part(node, "type") === "StringLiteral") return String(part(node, "value"));
  const [quasi, ...more] = (part(node, "quasis") as Syntax[] | undefined) ?? [];
  return quasi === undefined || more.length > 0 ? null : String(part(quasi, "cooked"));
}

/** The constants that are given to RegExp, or null when one is not a constant. */
function constantsOf(call: Syntax): Expression | null {
  const values = ((part(call, "arguments") as Syntax[] | null) ?? []).map((one) => part(one, "expression"));
  const [pattern, flags] = values.map((value) =>
    part(value, "type") === "RegExpLiteral" ? String(part(value, "pattern")) : textOf(value),
  );
  if (pattern === undefined || pattern === null || flags === null) return null;
  return { pattern, flags: flags ?? "" };
}

function expressionsOf(source: string): Found {
  const tree = parseSync(source, { syntax: "typescript", decorators: true });
  const expressions: Expression[] = [];
  let dynamic = 0;
  for (const node of nodesOf(tree.body)) {
    if (part(node, "type") === "RegExpLiteral") {
      expressions.push({ pattern: String(part(node, "pattern")), flags: String(part(node, "flags")) });
    }
    const callee = part(node, "callee");
    if (part(callee, "type") !== "Identifier" || part(callee, "value") !== "RegExp") continue;
    const constants = constantsOf(node);
    if (constants === null) dynamic += 1;
    else expressions.push(constants);
  }
  return { expressions, dynamic };
}

/** Bounds above two are checked as two: a bound changes a factor of the time, and makes the automaton large. */
const manyRepetitions = /\{(\d+)(,?)(\d*)\}/g;
const few = (count: string) => (count === "" ? "" : String(Math.min(Number(count), 2)));

/** Why expressions may take more than linear time. Does not depend on chance. */
function problemsIn(expressions: readonly Expression[]): string[] {
  const checker = join(__dirname, "../support/checkExpressions.mjs");
  const checked = expressions.map(({ pattern, flags }) => ({
    pattern: pattern.replace(manyRepetitions, (_, from, comma, to) => `{${few(from)}${comma}${few(to)}}`),
    flags,
  }));
  const input = JSON.stringify(checked);
  const results: Diagnostics[] = JSON.parse(execFileSync(process.execPath, [checker], { input, encoding: "utf8" }));
  return results.flatMap((result, index) => {
    if (result.status === "safe") return [];
    const cause = result.status === "vulnerable" ? result.complexity.summary : result.error.kind;
    return [`/${expressions[index]?.pattern}/${expressions[index]?.flags}: ${cause}`];
  });
}

function problemsOf(...sources: string[]): string[] {
  const found = sources.map(expressionsOf);
  const expressions = found.flatMap((one) => one.expressions);
  const different = new Map(expressions.map((one) => [`/${one.pattern}/${one.flags}`, one]));
  const problems = problemsIn([...different.values()]);
  if (found.some(({ dynamic }) => dynamic > 0)) problems.push("RegExp of something else than constants");
  return problems;
}

test("what takes more than linear time is found, and what is made at run time", () => {
  const sources = [
    "text.replace(/\\s+$/, '')",
    "/(.+) mean .+/.exec(text)",
    "const slow: RegExp = /^(a|a)*$/i",
    "new RegExp('/+$', 'g')",
    "RegExp(`/*$`)",
    "new RegExp(/x+$/, 'i')",
    "class One { @Matches(/^[a-z]+$/u) name = /x{1,300}$/; }",
    "new RegExp(`^${name}$`)",
  ];
  expect(problemsOf(...sources)).toEqual([
    "/\\s+$/: 2nd degree polynomial",
    "/(.+) mean .+/: 2nd degree polynomial",
    "/^(a|a)*$/i: exponential",
    "//+$/g: 2nd degree polynomial",
    "//*$/: 2nd degree polynomial",
    "/x+$/i: 2nd degree polynomial",
    "/x+$/: 2nd degree polynomial",
    "RegExp of something else than constants",
  ]);
});

test("every regular expression of src takes linear time", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const sources = files.map((file) => readFileSync(join(folder, file), "utf8"));
  expect(problemsOf(...sources)).toEqual([]);
  expect(sources.flatMap((source) => expressionsOf(source).expressions).length).toBeGreaterThan(50);
});
