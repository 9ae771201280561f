const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const catalogue = readFileSync(join(__dirname, "../hostile/catalogue.md"), "utf8");
const cases = [...catalogue.matchAll(/^\| ([A-J]-?\d+) +\| (.*?) +\| (.*?) +\|$/gm)].map(([, id, , by]) => {
  const [files, title] = by === "here" ? ["/test/hostile/"] : by.split(/: (.*)/s);
  return { id, files: files.split(", "), title };
});
const ids = /^(?:[A-J]-?\d+ )*[A-J]-?\d+(?=:? )/;

/**
 * Tells at the end how many cases of the catalogue of hostile cases (test/hostile/catalogue.md) ran, when any did, and names those
 * that are at home in what ran and were skipped, or failed.
 */
module.exports = class CatalogueReporter {
  onRunComplete(_contexts, { testResults }) {
    const tests = testResults.flatMap(({ testFilePath, testResults: ran }) =>
      ran.map((test) => ({ ...test, file: testFilePath, ids: ids.exec(test.title)?.[0].split(" ") ?? [] })),
    );
    const atHome = cases
      .map((one) => ({ ...one, tests: tests.filter((test) => one.files.some((file) => test.file.includes(file))) }))
      .filter((one) => one.tests.length > 0)
      .map((one) => ({ ...one, tests: one.tests.filter((test) => proves(test, one)) }));
    const named = tests.filter((test) => test.ids.length > 0 && test.status !== "pending");
    if (named.length === 0) return;
    const over = (transport) =>
      named.filter(({ ancestorTitles }) => ancestorTitles.includes(`over ${transport}`)).length;
    const ran = atHome.filter((one) => one.tests.some(({ status }) => status !== "pending"));
    const skipped = atHome.filter((one) => !ran.includes(one));
    const failed = ran.filter((one) => one.tests.some(({ status }) => status === "failed"));
    const list = (which) => (which.length === 0 ? "none" : which.map(({ id }) => id).join(", "));
    console.log(
      `\nHostile catalogue: ${ran.length} of the ${atHome.length} cases at home in these files ran (${cases.length} in all); ` +
        `skipped: ${list(skipped)}; failed: ${list(failed)}. ${named.length} tests bear a case's id, of them ` +
        `${over("HTTP")} over HTTP, ${over("WebSocket")} over WebSocket, ${over("event stream")} over event streams.`,
    );
  }
};

/** By its id, or by the title that the catalogue names, which may have placeholders. */
function proves({ title, ancestorTitles, ids: own }, { id, title: wanted }) {
  if (wanted === undefined) return own.includes(id);
  const pattern = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%[spj]|\\\$\w+/g, ".*");
  return new RegExp(pattern).test([...ancestorTitles, title].join(" "));
}
