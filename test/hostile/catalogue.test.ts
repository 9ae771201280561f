import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readCatalogue, suiteOf } from "../support/jest/hostileCatalogue";
import { feedTransports, requestTransports, transports, type Transport } from "./support/transports";

/** The catalogue says what proves each case, and over which transports, and it is there. */

const root = join(__dirname, "../..");
const cases = readCatalogue();
const here = readdirSync(__dirname)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => readFileSync(join(__dirname, name), "utf8"));
const refusedQuestions = readFileSync(join(__dirname, "support/documents.ts"), "utf8");

/** What is tried over each of these. */
const under = (list: string) =>
  here
    .flatMap((source) => [...source.matchAll(/^( *)describe\.each\((\w+)\)\("over \$name"[^]*?^\1\}\);$/gm)])
    .flatMap(([block, , of]) => (of === list ? [block] : []))
    .join("\n");
const tried: readonly [readonly Pick<Transport, "name">[], string][] = [
  [transports, under("transports") + refusedQuestions],
  [requestTransports, under("requestTransports")],
  [feedTransports, under("feedTransports")],
];

const naming = (id: string) => new RegExp(`["\`](?:[A-J]-?\\d+ )*${id}(?: [A-J]-?\\d+)*["\` :]`);

test("there are the cases of every kind that is at home here", () => {
  expect(cases.length).toBeGreaterThan(140);
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
});

test.each(cases.map((one) => [one.id, one] as const))(
  "the case %s is proven by what the catalogue names",
  (id, { files, title }) => {
    for (const file of files) {
      const source =
        file === "test/hostile/" ? here.join("\n") + refusedQuestions : readFileSync(join(root, file), "utf8");
      if (title === null) expect(source).toMatch(naming(id));
      else expect(source).toContain(title);
    }
  },
);

test("a case names the suites of its files", () => {
  const order = ["fast", "system", "soak"] as const;
  for (const { id, suites, files } of cases) {
    expect([id, suites]).toEqual([id, order.filter((suite) => files.some((file) => suiteOf(file) === suite))]);
  }
});

const names = transports.map(({ name }) => name);

test("documents apply to each transport, requests to those that are asked by requests, save for what is named", () => {
  const without = (kind: string, over: readonly string[]) =>
    cases.flatMap((one) => (one.id.startsWith(kind) && one.over.join() !== over.join() ? [one.id] : []));
  expect(
    without(
      "A",
      requestTransports.map(({ name }) => name),
    ),
  ).toEqual(["A27", "A28"]);
  expect(without("B", names)).toEqual(["B20"]);
  expect(without("C", ["WebSocket"])).toEqual(["C26", "C29"]);
});

test.each(cases.flatMap(({ id, over }) => over.map((transport) => [id, transport, over] as const)))(
  "the case %s is tried over %s",
  (id, transport, over) => {
    expect(names).toContain(transport);
    if (over.length === 1) return; // by what the catalogue names
    const sources = tried.flatMap(([list, source]) => (list.some(({ name }) => name === transport) ? [source] : []));
    expect(sources.join("\n")).toMatch(naming(id));
  },
);
