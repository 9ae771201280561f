import { readFileSync } from "node:fs";
import { join } from "node:path";
import { submit } from "../support/api/changes";
import { readMetrics } from "../support/api/metrics";
import { dana, startTestApi, type TestApi } from "../support/api/testApi";

const root = join(__dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const rules = read("examples/prometheus/changeover-rules.yml");
const runbook = read("docs/runbook.md");
const operations = read("docs/operations.md");
const alerts = [...rules.matchAll(/- alert: (\w+)\n([^]*?)(?=\n {6}- alert:|$)/g)].map(([, name = "", rule = ""]) => ({
  name,
  rule,
}));

let api: TestApi;
/** The names of all series that a node tells, with and without what Prometheus adds to a histogram's. */
let told: Set<string>;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  await api.ask(null, "{ viewer { email } }");
  await api.ask(dana, "{ viewer { email } }");
  await submit(api);
  const { text } = await readMetrics(api.url);
  told = new Set([...text.matchAll(/^(?:# TYPE )?([a-zA-Z_:][\w:]*)/gm)].map(([, name = ""]) => name));
});
afterAll(() => api.stop());

const namesIn = (text: string) =>
  [...text.matchAll(/\b(?:changeover|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name);

test("there are alerts, and each says how bad it is and where to read on", () => {
  expect(alerts.length).toBeGreaterThan(10);
  for (const { rule } of alerts) {
    expect(rule).toMatch(/expr: /);
    expect(rule).toMatch(/severity: (page|ticket)/);
    expect(rule).toMatch(/summary: .*\./);
  }
});

test.each(alerts)("$name looks at series that there are, and has a section in the runbook", ({ name, rule }) => {
  expect(rule).toContain(`runbook: docs/runbook.md#${name.toLowerCase()}`);
  expect(runbook).toContain(`\n## ${name}\n`);
  expect(operations).toContain(name);
  expect(namesIn(rule).filter((one) => !told.has(one))).toEqual([]);
});

test("the runbook has no section without an alert", () => {
  const sections = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(alerts.map(({ name }) => name));
});

test.each(["docs/operations.md", "docs/runbook.md"])("every series that %s names is told", (document) => {
  expect(namesIn(read(document)).filter((name) => !told.has(name))).toEqual([]);
});

test("docs/operations.md tells of every series of ours", () => {
  const ours = [...told].filter((name) => name.startsWith("changeover_") && !/_(bucket|sum|count)$/.test(name));
  expect(ours.length).toBeGreaterThan(20);
  expect(ours.filter((name) => !operations.includes(`\`${name}\``))).toEqual([]);
});

test("a series whose increase is an alert is told before anything is counted: Prometheus sees none in a first value", async () => {
  const { value } = await readMetrics(api.url);
  const increases = [...rules.matchAll(/increase\((\w+)(?:\{code="(\w+)"\})?\[/g)];
  expect(increases.length).toBeGreaterThan(1);
  for (const [, name = "", code] of increases) expect(value(name, code ? { code } : {})).toBe(0);
});

test("codes and labels that alerts ask for are ones that are told", async () => {
  const { value } = await readMetrics(api.url);
  expect(value("changeover_errors_total", { code: "UNAUTHENTICATED" })).toBeGreaterThan(0);
  expect(value("changeover_operations_total", { outcome: "refused" })).toBeGreaterThan(0);
  expect(value("changeover_notifications_recent", { state: "FAILED" })).toBe(0);
});
