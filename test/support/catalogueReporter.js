const { readdirSync } = require("node:fs");
const { join } = require("node:path");
const { readCatalogue } = require("./hostileCatalogue");

const cases = readCatalogue();
const home = join(__dirname, "../hostile");
const atHome = readdirSync(home).filter((name) => name.endsWith(".test.ts"));
const ids = /^(?:[A-J]-?\d+ )*[A-J]-?\d+(?=:? )/;

/**
 * Tells at the end how many cases of the catalogue of hostile cases (test/hostile/catalogue.md) ran, when any did, and over how many of
 * the transports that each applies to. Names those that are at home in what ran and were skipped, or failed. When all of test/hostile
 * ran and a case is not tried over one of its transports, the run has failed.
 */
module.exports = class CatalogueReporter {
  #untried = [];

  onRunComplete(_contexts, { testResults }) {
    const files = testResults.map(({ testFilePath }) => testFilePath);
    const tests = testResults.flatMap(({ testFilePath, testResults: ran }) =>
      ran.map((test) => ({ ...test, file: testFilePath, ids: ids.exec(test.title)?.[0].split(" ") ?? [] })),
    );
    const named = tests.filter((test) => test.ids.length > 0 && test.status !== "pending");
    if (named.length === 0) return;
    const isWhole = atHome.every((name) => files.includes(join(home, name)));
    const found = cases
      .map((one) => ({ ...one, name: one.id, tests: tests.filter((test) => proves(test, one)) }))
      .filter((one) => one.tests.length > 0 || (isWhole && one.files.includes("test/hostile/")));
    if (found.length === 0) return;
    const pairs = found.flatMap((one) =>
      one.over.map((transport) => ({
        name: `${one.id} over ${transport}`,
        tests: one.tests.filter((test) => isOver(test, transport, one)),
      })),
    );
    this.#untried = isWhole ? pairs.filter((pair) => pair.tests.length === 0) : [];
    console.log(
      `\nHostile catalogue: of the ${found.length} cases at home in these files (${cases.length} in all) ${told(found)}.\n` +
        `Of their ${pairs.length} pairs with a transport ${told(pairs)}; without a test: ${listed(this.#untried)}.\n` +
        `${named.length} tests bear a case's id.`,
    );
  }

  getLastError() {
    if (this.#untried.length > 0) return new Error(`Hostile cases without a test: ${listed(this.#untried)}`);
  }
};

/** How many ran of what has tests, and which did not, or failed. */
function told(all) {
  const ran = all.filter(({ tests }) => tests.some(({ status }) => status !== "pending"));
  const skipped = all.filter((one) => one.tests.length > 0 && !ran.includes(one));
  const failed = ran.filter(({ tests }) => tests.some(({ status }) => status === "failed"));
  return `${ran.length} ran; skipped: ${listed(skipped)}; failed: ${listed(failed)}`;
}

const listed = (all) => (all.length === 0 ? "none" : all.map(({ name }) => name).join(", "));

/** By its id, or by the title that the catalogue names, which may have placeholders. */
function proves({ title, ancestorTitles, file, ids: own }, { id, files, title: wanted }) {
  if (!files.some((part) => file.includes(part))) return false;
  if (wanted === null) return own.includes(id);
  const pattern = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%[spj]|\\\$\w+/g, ".*");
  return new RegExp(pattern).test([...ancestorTitles, title].join(" "));
}

/** Where a case applies to one transport alone, its tests need not say which. */
function isOver({ ancestorTitles }, transport, { over }) {
  const said = ancestorTitles.filter((title) => title.startsWith("over "));
  return said.length === 0 ? over.length === 1 : said.includes(`over ${transport}`);
}
