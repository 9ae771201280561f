import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = join(__dirname, "../../src");

/** The rooms that a table of docs/architecture.md lets each room import; "everything" is left out. */
function readTable(heading: string): Map<string, readonly string[]> {
  const page = readFileSync(join(root, "../docs/architecture.md"), "utf8");
  const section = page.slice(page.indexOf(`\n## ${heading}\n`) + 1).split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `(\w+)\/` +\|.*\| ([^|]+?) +\|$/gm)];
  return new Map(
    rows.flatMap(([, room = "", allowed = ""]) =>
      allowed === "everything" ? [] : [[room, allowed === "nothing" ? [] : allowed.split(", ")]],
    ),
  );
}

const rooms = readTable("Rooms");
const roomsOfServer = readTable("Rooms of `server/`");

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

test("each room imports only what the tables of docs/architecture.md allow", () => {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const unlisted = folders.map(({ name }) => name).filter((name) => !rooms.has(name));
  expect(unlisted.toSorted()).toEqual(["cli", "dev", "wiring"]); // these may import everything
  expect(trespasses(rooms, roomOf)).toEqual([]);
});

test("each room of server/ imports only what its table allows", () => {
  const folders = readdirSync(join(root, "server")).toSorted();
  expect([...roomsOfServer.keys()].toSorted()).toEqual(folders);
  const roomOfServer = (file: string) => (file.startsWith("server/") ? (file.split("/")[1] ?? "") : "");
  expect(trespasses(roomsOfServer, roomOfServer)).toEqual([]);
});

/** Imports from a room of the table into another that its row does not name. */
function trespasses(table: ReadonlyMap<string, readonly string[]>, roomIn: (file: string) => string): string[] {
  return edges.flatMap(([file, name]) => {
    const [from, to] = [roomIn(file), isOwn(name) ? roomIn(name) : ""];
    const isAllowed = to === "" || to === from || (table.get(from)?.includes(to) ?? true);
    return isAllowed ? [] : [`${file} imports ${name}`];
  });
}

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
