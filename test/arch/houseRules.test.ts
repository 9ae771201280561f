import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const root = join(__dirname, "../..");
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

const oxlint = join(dirname(require.resolve("oxlint/package.json")), "bin/oxlint");

test("there is no index.ts: a file is named for its main export", () => {
  expect(files.filter((file) => basename(file) === "index.ts")).toEqual([]);
});

test("no file of src has more than 300 lines", () => {
  const lines = (file: string) => readFileSync(join(root, "src", file), "utf8").split("\n").length - 1;
  expect(files.filter((file) => lines(file) > 300)).toEqual([]);
});

/** Functions over 40 lines, each with its reason. */
const longFunctions: Readonly<Record<string, string>> = {
  keep: "runs from its own text in another process, so it uses nothing from outside",
  startWorkerRun: "one call of graphile-worker, whose options need comments",
  startPresence: "one loop of connecting, showing the heartbeat and reconnecting",
};

test("no function of src has more than 40 lines but those in the list", () => {
  const config = join(root, "test/arch/longFunctions.oxlintrc.json");
  const { diagnostics } = JSON.parse(
    spawnSync(process.execPath, [oxlint, "--config", config, "--format", "json", "src"], {
      cwd: root,
      encoding: "utf8",
    }).stdout,
  ) as { diagnostics: { code: string; message: string }[] };
  const long = diagnostics
    .filter(({ code }) => code.includes("max-lines-per-function"))
    .map(({ message }) => /`(\w+)`/.exec(message)?.[1] ?? message);
  expect(long.toSorted()).toEqual(Object.keys(longFunctions).toSorted());
});

test("src has no any, no non-null assertion and no silenced type error", () => {
  const rules = ["no-explicit-any", "no-non-null-assertion", "ban-ts-comment"];
  const deny = rules.flatMap((rule) => ["--deny", `typescript/${rule}`]);
  const run = () =>
    execFileSync(process.execPath, [oxlint, "--allow", "all", ...deny, "src"], { cwd: root, encoding: "utf8" });
  expect(run()).toContain("0 errors");
});
