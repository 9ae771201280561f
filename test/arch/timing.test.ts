import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Only the soak may look at the clock: elsewhere a verdict would depend on the speed of the machine. */

const root = join(__dirname, "..");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (name) => /\.[cm]?[jt]s$/.test(name) && !name.startsWith("soak/"),
);

/** The one place that waits between two looks. */
const waits = "support/waitFor.ts";

const rules: Readonly<Record<string, RegExp>> = {
  "reads performance.now()": /\bperformance\.now\(\)/,
  "stores a reading of Date.now() to compare it later": /(?:\w\s*=|\w:|\.push\()\s*Date\.now\(\)\s*[;,+)}]/,
  "compares with Date.now()": /Date\.now\(\)\s*[<>]|[<>]=?\s*Date\.now\(\)/,
  "sleeps by node:timers/promises": /import\s*\{[^}]*\bsetTimeout\b[^}]*\}\s*from\s*"(?:node:)?timers\/promises"/,
  "sleeps by a promise of setTimeout":
    /new Promise(?:<\w+>)?\(\s*\(?(\w+)\)?\s*=>\s*(?:void\s*)?\{?\s*(?:void\s*)?setTimeout\(\s*\1\b/,
};

const code = (file: string) => readFileSync(join(root, file), "utf8").replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
const breaches = new Map(
  files
    .filter((file) => file !== waits && file !== "arch/timing.test.ts")
    .map((file) => [file, Object.keys(rules).filter((rule) => rules[rule]?.test(code(file)))] as const)
    .filter(([, broken]) => broken.length > 0),
);

test("no test outside the soak reads a clock to compare times, or sleeps", () => {
  expect([...breaches].map(([file, broken]) => `${file} ${broken.join(", ")}`)).toEqual([]);
});

test.each([
  ["const took = performance.now() - from;", "reads performance.now()"],
  ["const began = Date.now();", "stores a reading of Date.now() to compare it later"],
  ["while (Date.now() < end) await look();", "compares with Date.now()"],
  ['import { setTimeout as pause } from "node:timers/promises";', "sleeps by node:timers/promises"],
  ["await new Promise((resolve) => setTimeout(resolve, 10));", "sleeps by a promise of setTimeout"],
])("%s is found", (line, rule) => {
  expect(Object.keys(rules).filter((name) => rules[name]?.test(line))).toContain(rule);
});
