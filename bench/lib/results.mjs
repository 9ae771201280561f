// Tables in Markdown, and bench/RESULTS.md, in which each bench has a section that its next run replaces.
import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { root } from "./changeover.mjs";

const file = `${root}/bench/RESULTS.md`;
const head = `# Results

Written by \`npm run bench\`; what is measured and how to read it is in [README.md](README.md). Machines differ: read the ratios.
`;

/** A table in Markdown. Columns whose title begins with ">" are set flush right. */
export function table(titles, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = titles.map((title) => (title.startsWith(">") ? "---:" : "---"));
  return [line(titles.map((title) => title.replace(/^>/, ""))), line(rule), ...rows.map(line)].join("\n");
}

export const number = (value, digits = 0) => (value === undefined ? "" : value.toFixed(digits));
export const percent = (part) => `${Math.round(part * 100)} %`;

/** What the figures were measured on. */
export function machine(postgresVersion) {
  const memory = Math.round(totalmem() / 2 ** 30);
  const processor = cpus()[0].model.trim() || "unknown processor";
  return `Node ${process.version}, PostgreSQL ${postgresVersion}, ${processor}, ${cpus().length} cores, ${memory} GiB.`;
}

/** Prints a section and, unless it is only to be printed, puts it into RESULTS.md in place of the one with its title. */
export async function publish(title, text, { print }) {
  console.log(`## ${title}\n\n${text}\n`);
  if (print) return;
  const before = await readFile(file, "utf8").catch(() => head);
  const sections = before.split(/^(?=## )/m);
  const index = sections.findIndex((section) => section.startsWith(`## ${title}\n`));
  const section = `## ${title}\n\n${text}\n\n`;
  if (index < 0) sections.push(section);
  else sections[index] = section;
  await writeFile(file, `${sections.map((each) => each.trim()).join("\n\n")}\n`);
}
