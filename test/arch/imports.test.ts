import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = join(__dirname, "../../src");

/** What each room may import of the others; what is not a room here, cli, dev and the files at the root, may import all. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  entities: ["domain"],
  db: ["entities", "domain", "migrations", "config", "logger", "errorCode"],
  services: ["db", "domain", "mail", "forms", "config", "logger", "clock", "errorCode"],
  jobs: ["services", "db", "config", "logger", "clock", "tracing"],
  mail: ["domain"],
  forms: ["domain"],
  schema: ["domain"],
  resolvers: ["schema", "services", "domain", "logger"],
  server: ["resolvers", "services", "domain", "config", "logger", "clock", "paths", "tracing"],
};

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const sourceOf = (file: string) => readFileSync(join(root, file), "utf8");

/** What a file imports, types included: paths below src for our own files, else the package's name. */
function importsOf(file: string): string[] {
  const found = sourceOf(file).matchAll(/(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*"([^"]+)"/g);
  return [...found].map(([, name = ""]) =>
    name.startsWith(".") ? `${relative(root, resolve(root, file, "..", name))}.ts` : name,
  );
}

const isOwn = (name: string) => name.endsWith(".ts");
const roomOf = (file: string) =>
  (file.startsWith("../") ? file.split("/")[1] : file.split("/")[0])?.replace(/\.ts$/, "") ?? "";
const graph = new Map(files.map((file) => [file, importsOf(file)]));
const edges = [...graph].flatMap(([file, names]) => names.map((name) => [file, name] as const));

test("reads the imports of every file", () => {
  expect(edges.length).toBeGreaterThan(300);
  expect(edges.filter(([, name]) => isOwn(name) && !name.startsWith("../") && !graph.has(name))).toEqual([]);
});

test("each room imports only what it may", () => {
  const trespasses = edges.filter(([file, name]) => {
    const allowed = mayImport[roomOf(file)];
    return allowed !== undefined && isOwn(name) && roomOf(name) !== roomOf(file) && !allowed.includes(roomOf(name));
  });
  expect(trespasses.map(([file, name]) => `${file} imports ${name}`)).toEqual([]);
});

test("the domain imports no package, and is pure: no clock, no chance, no waiting, no surroundings", () => {
  const domain = files.filter((file) => roomOf(file) === "domain");
  const pure = ["node:url"]; // IDNA
  expect(domain.flatMap((file) => importsOf(file).filter((name) => !isOwn(name) && !pure.includes(name)))).toEqual([]);
  const impure =
    /new Date\(\)|Date\.now|Math\.random|\bawait\b|\basync\b|\bprocess\.|\bconsole\.|setTimeout|globalThis/;
  const code = (file: string) => sourceOf(file).replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
  expect(domain.filter((file) => impure.test(code(file)))).toEqual([]);
});

test("no import leads back to its file", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const name of graph.get(file) ?? []) visit(name, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});
