import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const locked: Record<string, { version: string }> = readJson("package-lock.json").packages;

/** Where a package lies in the tree that `npm ci` installs. */
const copiesOf = (name: string) => Object.keys(locked).filter((path) => path.endsWith(`node_modules/${name}`));

test.each(["graphql", "type-graphql", "typeorm", "reflect-metadata"])(
  "there is one copy of %s: two would not know each other's classes",
  (name) => {
    expect(copiesOf(name)).toEqual([`node_modules/${name}`]);
  },
);

test.each([
  ["graphql", /^16\./],
  ["type-graphql", /^2\.0\.0-rc\.4$/],
  ["graphql-scalars", /^1\.26\./],
  ["@apollo/server", /^5\./],
  ["typeorm", /^1\./],
  ["graphile-worker", /^0\.17\./],
])("%s is pinned exactly, locked and installed at %p", (name, version) => {
  const pinned = readJson("package.json").dependencies[name];
  expect(pinned).toMatch(version);
  expect(locked[`node_modules/${name}`]?.version).toBe(pinned);
  expect(readJson(`node_modules/${name}/package.json`).version).toBe(pinned);
});
