const { readFileSync } = require("node:fs");
const { join } = require("node:path");

/** The cases of the catalogue of hostile cases, test/hostile/catalogue.md. */
exports.readCatalogue = function readCatalogue() {
  const table = readFileSync(join(__dirname, "../hostile/catalogue.md"), "utf8");
  const rows = table.matchAll(/^\| ([A-J]-?\d+) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm);
  return [...rows].map(([, id, , over, by]) => {
    const [files, title = null] = by.split(/: (.*)/s);
    return {
      id,
      over: over === "-" ? [] : over.split(", "),
      files: files.split(", ").map((file) => (file === "here" ? "test/hostile/" : file)),
      title,
    };
  });
};
