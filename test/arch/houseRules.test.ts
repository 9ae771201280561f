import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const root = join(__dirname, "../..");
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

test("there is no index.ts: a file is named for its main export", () => {
  expect(files.filter((file) => basename(file) === "index.ts")).toEqual([]);
});

test("no file of src has more than 300 lines", () => {
  const lines = (file: string) => readFileSync(join(root, "src", file), "utf8").split("\n").length - 1;
  expect(files.filter((file) => lines(file) > 300)).toEqual([]);
});

test("src has no any, no non-null assertion and no silenced type error", () => {
  const oxlint = join(dirname(require.resolve("oxlint/package.json")), "bin/oxlint");
  const rules = ["no-explicit-any", "no-non-null-assertion", "ban-ts-comment"];
  const deny = rules.flatMap((rule) => ["--deny", `typescript/${rule}`]);
  const run = () =>
    execFileSync(process.execPath, [oxlint, "--allow", "all", ...deny, "src"], { cwd: root, encoding: "utf8" });
  expect(run()).toContain("0 errors");
});
