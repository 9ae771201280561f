import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { CloseCode } from "graphql-ws";
import { errorCodes } from "../../src/domain/errorCodes";
import { UserErrorCode } from "../../src/domain/model";
import { createSchema } from "../../src/resolvers/createSchema";
import { printContract } from "../../src/schema/buildSchema";

const root = join(__dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

test("schema.graphql is what the code emits: npm run --silent changeover -- schema > schema.graphql", () => {
  expect(read("schema.graphql")).toBe(printContract(createSchema()));
});

test.each(documents)("every operation in %s is one of this schema", (document) => {
  const schema = buildSchema(read("schema.graphql"));
  for (const [, operation = ""] of read(document).matchAll(/^```graphql\n(.*?)^```$/gms)) {
    expect(validate(schema, parse(operation))).toEqual([]);
  }
});

test.each(documents)("every link in %s leads to a file", (document) => {
  const targets = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
  expect(targets.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([]);
});

test.each(["CONTRIBUTING.md", "docs/threat-model.md"])("%s names only files that there are", (document) => {
  const names = [...read(document).matchAll(/`((?:src|test|docs|migrations|playground|demo)\/[\w./-]+)`/g)];
  expect(names.length).toBeGreaterThan(20);
  expect(names.map(([, name = ""]) => name).filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

test("docs/partner-dashboard.md has every code that a socket is closed with", () => {
  const ofClients = [CloseCode.InternalClientError, CloseCode.BadResponse, CloseCode.ConnectionAcknowledgementTimeout];
  const ofProtocol = Object.values(CloseCode).filter((code) => typeof code === "number" && !ofClients.includes(code));
  const files = readdirSync(join(root, "src/server"), { recursive: true, encoding: "utf8" });
  const sources = files.filter((name) => name.endsWith(".ts")).map((name) => read(join("src/server", name)));
  const ours = [...sources.join("").matchAll(/\.close\((\d{4})/g)].map(([, code]) => Number(code));
  expect(ours.length).toBeGreaterThan(3);
  const page = read("docs/partner-dashboard.md");
  const rows = [...page.matchAll(/^\| (\d{4}.*?) \|/gm)].map(([, codes]) => codes).join(" ");
  expect([...ofProtocol, ...ours].filter((code) => !rows.includes(String(code)))).toEqual([]);
});

test("docs/operations.md tells of every environment variable that is read", () => {
  const variables = [...read("src/environment.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = ""]) => name);
  expect(variables.length).toBeGreaterThan(20);
  expect(variables.filter((name) => !read("docs/operations.md").includes(`\`${name}\``))).toEqual([]);
});

test("docs/front-end.md tells of every code of a user error", () => {
  const page = read("docs/front-end.md");
  expect(Object.keys(UserErrorCode).filter((code) => !page.includes(code))).toEqual([]);
});

test("docs/front-end.md has one table of the codes of GraphQL errors, with their HTTP status, and no other codes", () => {
  const rows = read("docs/front-end.md").matchAll(/^\| ([A-Z_]+) +\|.*\| (\d{3})[^|]*\|$/gm);
  expect([...rows].map(([, code, status]) => [code, Number(status)])).toEqual(Object.entries(errorCodes));
});
