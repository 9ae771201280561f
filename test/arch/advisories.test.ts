import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Weaknesses that are known of packages of ours, and the first version without. `npm audit` asks the registry, and
 * not every registry answers; this list is short and always looked at. Add a line whenever an advisory concerns us.
 */
const advisories = [
  {
    name: "@apollo/server",
    fixed: "5.5.0",
    weakness: "queries of other origins without a preflight in one browser; before, CVE-2026-23897, denial of service",
  },
  {
    name: "nodemailer",
    fixed: "9.1.1",
    weakness: "CRLF in names and List-* headers (GHSA-vvjj-xcjg-gr5g), address parsing (GHSA-46j5-6fg5-4gv3)",
  },
  {
    name: "ws",
    fixed: "8.21.0",
    weakness: "memory taken by tiny fragments (CVE-2026-48779); needs maxFragments besides",
  },
  {
    name: "typeorm",
    fixed: "1.0.0",
    weakness: "SQL injected through objects (GHSA-q2pj-6v73-8rgj), and what 0.3 keeps",
  },
];

const root = join(__dirname, "../..");
const lock: Record<string, { version?: string }> = JSON.parse(
  readFileSync(join(root, "package-lock.json"), "utf8"),
).packages;

const numbers = (version: string) => version.split(/[.-]/).map(Number);
function isBefore(version: string, other: string): boolean {
  const [one, two] = [numbers(version), numbers(other)];
  const index = two.findIndex((number, place) => number !== one[place]);
  return index >= 0 && !((one[index] ?? 0) > (two[index] ?? 0));
}

test.each(advisories)("every copy of $name is $fixed or later: $weakness", ({ name, fixed }) => {
  const copies = Object.entries(lock).filter(([path]) => path.endsWith(`node_modules/${name}`));
  expect(copies.length).toBeGreaterThan(0);
  expect(copies.filter(([, { version = "0" }]) => isBefore(version, fixed))).toEqual([]);
});

test("versions are compared as numbers", () => {
  expect(["8.9.0", "8.20.9", "7.99.0", "8.21.0-beta.1"].map((version) => isBefore(version, "8.21.0"))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(["8.21.0", "8.21.1", "9.0.0", "10.0.0"].map((version) => isBefore(version, "8.21.0"))).not.toContain(true);
});

test("every WebSocket server bounds messages and their fragments: ws's own bounds are too wide", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const servers = sources
    .map((name) => readFileSync(join(root, "src", name), "utf8"))
    .flatMap((text) => text.match(/new WebSocketServer\(\{[^}]*\}/g) ?? []);
  expect(servers.length).toBeGreaterThan(0);
  for (const server of servers) expect(server).toMatch(/maxPayload[^]*maxFragments/);
});

test("packages come from the registry, each with a checksum", () => {
  const entries = Object.entries(lock).filter(([path]) => path !== "") as [
    string,
    { integrity?: string; link?: boolean },
  ][];
  expect(entries.length).toBeGreaterThan(300);
  expect(entries.filter(([, { integrity, link }]) => !integrity?.startsWith("sha512-") || link)).toEqual([]);
});
