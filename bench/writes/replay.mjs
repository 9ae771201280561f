// The same statements with the same parameters, sent by pgbench: what PostgreSQL gives to a client that does nothing else.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asChangeoverConnects, withClient } from "../lib/postgres.mjs";
import { onServerCore } from "../lib/cores.mjs";

/** Statements of operations that were captured one after the other; all must have sent the same ones. */
export function scriptOf(captured) {
  const [first] = captured;
  for (const statements of captured) {
    const differs = statements.length !== first.length || statements.some(({ text }, at) => text !== first[at].text);
    if (differs) throw new Error("Operations of one kind sent different statements");
  }
  const columns = [];
  const lines = first.map(({ text, values }, at) => {
    const names = values.map((_, index) => {
      const isNull = captured.map((statements) => statements[at].values[index] === null);
      if (isNull.every(Boolean)) return "NULL"; // pgbench has no variable that is null
      if (isNull.some(Boolean)) throw new Error(`A parameter is null at times: ${text}`);
      columns.push((statements) => statements[at].values[index]);
      return `:p${columns.length}`;
    });
    return `${text.replace(/\$(\d+)/g, (_, position) => names[position - 1])};`;
  });
  const rows = captured.map((statements) => columns.map((valueOf) => valueOf(statements)));
  return { lines, rows, statements: first.length };
}

/**
 * Runs what was captured on `connections`, each operation once. Gives operations a second, without the part with which
 * connections are warmed: their first statements are planned.
 */
export async function replay({ lines, rows }, { databaseUrl, connections, warming, folder }) {
  const names = rows[0].map((_, index) => `p${index + 1}`);
  await withClient(databaseUrl, (client) => fill(client, names, rows));
  const each = Math.floor(rows.length / connections);
  const read = `SELECT ${names.join(", ")} FROM bench_replay WHERE n = :n \\gset`;
  const script = [`\\set n :client_id * ${each} + :done`, "\\set done :done + 1", read, ...lines, ""].join("\n");
  const files = { script: join(folder, "script.sql"), log: join(folder, "log") };
  writeFileSync(files.script, script);
  const options = ["--no-vacuum", "--protocol", "prepared", "--client", connections, "--transactions", each];
  options.push("--define", "done=0", "--file", files.script, "--log", "--log-prefix", files.log, databaseUrl);
  const said = execFileSync(...onServerCore("pgbench", options.map(String)), {
    env: { ...process.env, ...asChangeoverConnects },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const logs = readdirSync(folder).filter((name) => name.startsWith("log."));
  const ends = logs.flatMap((name) => endsIn(join(folder, name))).toSorted((one, other) => one - other);
  for (const name of logs) rmSync(join(folder, name));
  if (ends.length !== each * connections) throw new Error(`pgbench did ${ends.length} operations\n${said}`);
  const first = Math.floor(ends.length * warming);
  return (ends.length - 1 - first) / (ends.at(-1) - ends[first]);
}

/** A row for each operation, with its parameters. */
async function fill(client, names, rows) {
  const columns = names.map((name) => `${name} text`).join(", ");
  await client.query(`CREATE TABLE bench_replay (n integer PRIMARY KEY, ${columns})`);
  await client.query("BEGIN");
  const insert = `INSERT INTO bench_replay VALUES ($1, ${names.map((_, at) => `$${at + 2}`).join(", ")})`;
  for (const [n, row] of rows.entries()) await client.query(insert, [n, ...row]);
  await client.query("COMMIT");
  await client.query("VACUUM ANALYZE bench_replay");
}

/** When the transactions of a log ended, in seconds. */
function endsIn(file) {
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => line.split(" ")).map((fields) => Number(fields[4]) + Number(fields[5]) / 1e6);
}
