/** Tells at the end how many cases of the catalogue of hostile cases ran, when any did (test/hostile/catalogue.md). */
module.exports = class CatalogueReporter {
  onRunComplete(_contexts, { testResults }) {
    const hostile = testResults.filter(({ testFilePath }) => testFilePath.includes("/test/hostile/"));
    const tests = hostile.flatMap((file) => file.testResults).filter(({ status }) => status !== "pending");
    const named = tests.filter(({ title }) => /^[A-J]\d+ /.test(title));
    if (named.length === 0) return;
    const cases = new Set(named.flatMap(({ title }) => /^(?:[A-J]\d+ )+/.exec(title)[0].trim().split(" ")));
    const failed = named.filter(({ status }) => status === "failed");
    const over = (transport) =>
      named.filter(({ ancestorTitles }) => ancestorTitles.includes(`over ${transport}`)).length;
    console.log(
      `\nHostile catalogue: ${cases.size} cases in ${named.length} tests, of them ${over("HTTP")} over HTTP, ` +
        `${over("WebSocket")} over WebSocket, ${over("event stream")} over event streams; ${failed.length} failed.`,
    );
  }
};
