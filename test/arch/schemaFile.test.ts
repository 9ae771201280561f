import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSchema } from "../../src/resolvers/createSchema";
import { printContract } from "../../src/schema/buildSchema";

const root = join(__dirname, "../..");

test("schema.graphql is what the code emits", () => {
  if (readFileSync(join(root, "schema.graphql"), "utf8") !== printContract(createSchema())) {
    throw new Error("schema.graphql is out of date: npm run --silent changeover -- schema > schema.graphql");
  }
});

test("changeover schema prints the SDL and nothing else", () => {
  const register = join(root, "test/support/jest/registerTypeScript.js");
  const run = [process.execPath, ["--require", register, join(root, "src/main.ts"), "schema"]] as const;
  expect(execFileSync(...run, { encoding: "utf8" })).toBe(printContract(createSchema()));
});
