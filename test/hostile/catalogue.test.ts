import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The catalogue says what proves each case, and it is there. */

const root = join(__dirname, "../..");
const table = readFileSync(join(__dirname, "catalogue.md"), "utf8");
const rows = [...table.matchAll(/^\| ([A-J]-?\d+) +\| (.*?) +\| (.*?) +\|$/gm)].map(
  ([, id = "", , by = ""]) => [id, by] as const,
);
const here = readdirSync(__dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .concat("support/documents.ts")
  .map((name) => readFileSync(join(__dirname, name), "utf8"))
  .join("\n");

test("there are the cases of every kind that is at home here", () => {
  expect(rows.length).toBeGreaterThan(140);
  expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
});

test.each(rows)("the case %s is proven by what the catalogue names", (id, by) => {
  if (by === "not yet") return;
  const named = new RegExp(`["\`](?:[A-J]-?\\d+ )*${id}(?: [A-J]-?\\d+)*["\` :]`);
  if (by === "here") return expect(here).toMatch(named);
  const [files = "", title] = by.split(/: (.*)/s);
  for (const file of files.split(", ")) {
    const source = readFileSync(join(root, file), "utf8");
    if (title === undefined) expect(source).toMatch(named);
    else expect(source).toContain(title);
  }
});
