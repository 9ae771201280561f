const ids = /^(?:[A-J]-?\d+ )*[A-J]-?\d+(?=:? )/;

/** Tells at the end how many cases of the catalogue of hostile cases ran, when any did (test/hostile/catalogue.md). */
module.exports = class CatalogueReporter {
  onRunComplete(_contexts, { testResults }) {
    const tests = testResults.flatMap((file) => file.testResults).filter(({ status }) => status !== "pending");
    const named = tests.filter(({ title }) => ids.test(title));
    if (named.length === 0) return;
    const cases = new Set(named.flatMap(({ title }) => ids.exec(title)[0].split(" ")));
    const failed = named.filter(({ status }) => status === "failed");
    const over = (transport) =>
      named.filter(({ ancestorTitles }) => ancestorTitles.includes(`over ${transport}`)).length;
    console.log(
      `\nHostile catalogue: ${cases.size} cases in ${named.length} tests, of them ${over("HTTP")} over HTTP, ` +
        `${over("WebSocket")} over WebSocket, ${over("event stream")} over event streams; ${failed.length} failed.`,
    );
  }
};
