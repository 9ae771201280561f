const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const folders = { "test/system/": "system", "test/soak/": "soak" };

/** The suite that runs a file, or all of a folder. */
exports.suiteOf = (file) => Object.entries(folders).find(([folder]) => file.includes(folder))?.[1] ?? "fast";

/** The cases of the catalogue of hostile cases, test/hostile/catalogue.md. */
exports.readCatalogue = function readCatalogue() {
  const table = readFileSync(join(__dirname, "../../hostile/catalogue.md"), "utf8");
  const rows = table.matchAll(/^\| ([A-J]-?\d+) +\| (.*?) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm);
  return [...rows].map(([, id, , over, suites, by]) => {
    const [files, title = null] = by.split(/: (.*)/s);
    return {
      id,
      suites: suites.split(", "),
      over: over === "-" ? [] : over.split(", "),
      files: files.split(", ").map((file) => (file === "here" ? "test/hostile/" : file)),
      title,
    };
  });
};
