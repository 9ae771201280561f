import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const page = readFileSync(join(root, "docs/domain.md"), "utf8");
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => [name, readFileSync(join(root, "src", name), "utf8")] as const);
const code = sources.map(([, text]) => text).join("\n");

/** The names in backticks of lines that begin with one of these words. */
function namesAfter(...beginnings: string[]): string[] {
  const lines = page.matchAll(new RegExp(`^- \\*\\*(?:${beginnings.join("|")})\\*\\* (.*(?:\\n  .*)*)`, "gm"));
  return [...lines].flatMap(([, line = ""]) => [...line.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
}

test("each function that docs/domain.md names is defined in src", () => {
  const names = namesAfter("Decided by", "Enforced by");
  const isColumn = (name: string) => name === "by" || name === "notices";
  const isDefined = (name: string) =>
    new RegExp(`^(?:export )?(?:async )?(?:function|const|class) ${name}\\b`, "m").test(code);
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => !isColumn(name) && !isDefined(name))).toEqual([]);
});

test("each variable that docs/domain.md names is read by src/environment.ts", () => {
  const config = readFileSync(join(root, "src/environment.ts"), "utf8");
  const names = namesAfter("Set by");
  expect(names.length).toBeGreaterThan(8);
  expect(names.filter((name) => !new RegExp(`^ {2}${name}:`, "m").test(config))).toEqual([]);
});

test("each rule of docs/domain.md says which function decides it", () => {
  const rules = page.split(/^## /m).slice(2);
  expect(rules.length).toBeGreaterThan(10);
  expect(rules.filter((rule) => !rule.includes("**Decided by**")).map((rule) => rule.split("\n")[0])).toEqual([]);
});

test("each rule that a comment of src cites is a heading of docs/domain.md", () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const cited = sources.flatMap(([name, text]) =>
    [...text.replaceAll(/\n *\* /g, " ").matchAll(/docs\/domain\.md, "([^"]+)"/g)].map(([, heading = ""]) => ({
      name,
      heading,
    })),
  );
  expect(cited.filter(({ heading }) => !headings.includes(heading))).toEqual([]);
});
