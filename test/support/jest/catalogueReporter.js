const { readdirSync } = require("node:fs");
const { join } = require("node:path");
const { readCatalogue, suiteOf } = require("./hostileCatalogue");

const cases = readCatalogue();
const root = join(__dirname, "../../..");
const home = "test/hostile/";
const atHome = readdirSync(join(root, home)).filter((name) => name.endsWith(".test.ts"));
const ids = /^(?:[A-J]-?\d+ )*[A-J]-?\d+(?=:? )/;

/**
 * Prints at the end of a suite how many cases of the catalogue of hostile cases (test/hostile/catalogue.md) ran, and over how many of the
 * transports that each applies to. Lists those that were skipped or failed. When all files that prove cases of a suite ran, and a case or
 * one of its transports has no test there, the run has failed.
 */
module.exports = class CatalogueReporter {
  #untried = [];

  onRunComplete(_contexts, { testResults }) {
    const tests = testResults.flatMap(({ testFilePath, testResults: ran }) =>
      ran.map((test) => ({ ...test, file: testFilePath, ids: ids.exec(test.title)?.[0].split(" ") ?? [] })),
    );
    const files = testResults.map(({ testFilePath }) => testFilePath);
    for (const suite of ["fast", "system", "soak"]) this.#report(suite, tests, files);
  }

  #report(suite, tests, files) {
    const own = cases
      .filter(({ suites }) => suites.includes(suite))
      .map((one) => ({ ...one, files: filesIn(suite, one) }));
    const isWhole = own.flatMap((one) => one.files).every((file) => files.includes(join(root, file)));
    const found = own
      .map((one) => ({ ...one, name: one.id, tests: tests.filter((test) => proves(test, one)) }))
      .filter((one) => one.tests.length > 0 || isWhole);
    if (found.length === 0) return;
    const pairs = found.flatMap((one) => pairsOf(one, suite));
    const untried = isWhole ? [...found, ...pairs].filter((one) => one.tests.length === 0) : [];
    this.#untried.push(...untried);
    console.log(
      `\nHostile catalogue, ${suite} suite: of ${own.length} cases (${cases.length} in all suites) ${told(found)}.\n` +
        `Of ${pairs.length} pairs with a transport ${told(pairs)}; without a test: ${listed(untried)}.`,
    );
  }

  getLastError() {
    if (this.#untried.length > 0) return new Error(`Hostile cases without a test: ${listed(this.#untried)}`);
  }
};

/** The files of a suite that prove a case. */
function filesIn(suite, { files }) {
  return files
    .filter((file) => suiteOf(file) === suite)
    .flatMap((file) => (file === home ? atHome.map((name) => home + name) : [file]));
}

/** A case with each transport that it applies to. The first suite of a case has to try all of them. */
function pairsOf(one, suite) {
  if (one.suites[0] !== suite) return [];
  return one.over.map((transport) => ({
    name: `${one.id} over ${transport}`,
    tests: one.tests.filter((test) => isOver(test, transport, one)),
  }));
}

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
  if (!files.some((name) => file === join(root, name))) return false;
  if (wanted === null) return own.includes(id);
  const pattern = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%[spj]|\\\$\w+/g, ".*");
  return new RegExp(pattern).test([...ancestorTitles, title].join(" "));
}

/** Where a case applies to one transport alone, its tests need not say which. */
function isOver({ ancestorTitles }, transport, { over }) {
  const said = ancestorTitles.filter((title) => title.startsWith("over "));
  return said.length === 0 ? over.length === 1 : said.includes(`over ${transport}`);
}
