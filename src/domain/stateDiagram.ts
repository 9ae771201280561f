import { transitions, type Notice, type Transition } from "./transitions";

const rows: readonly (readonly [string, Transition])[] = Object.entries(transitions);

/**
 * The transition table for people: a page of Markdown with a Mermaid drawing of the moves between statuses and a
 * table of all transitions. Committed as docs/state-diagram.md.
 */
export function stateDiagram(): string {
  return `<!-- Generated from src/domain/transitions.ts by \`npm run docs\`. Do not edit. -->

# The states of a record

\`\`\`mermaid
${drawing().join("\n")}
\`\`\`

Actions that leave a record in its status are in the table only. What falls due is settled with every action: a record that
is approved on or after its effective date, or whose date is amended to today while it is IN_GRACE_PERIOD, is COMPLETED at
once.

${table().join("\n")}

Email to the new partner goes to the record's notification contact, unless that is UNVERIFIED. The customer is the person who
signed. Email to the old partner goes to its notification address, if it has one. An amended date is reported to the old partner
only if it was notified of the change before.
`;
}

function drawing(): string[] {
  const moves = rows.flatMap(([action, { by, from, to }]) => {
    const sources = action === "INITIATE" ? ["[*]"] : to === "UNCHANGED" ? [] : from;
    return sources.map((source) => `  ${source} --> ${to}: ${action} (${inWords(by)})`);
  });
  const left = new Set(rows.flatMap(([, { from }]) => from));
  const reached = new Set(rows.flatMap(([, { to }]) => (to === "UNCHANGED" || left.has(to) ? [] : [to])));
  return ["stateDiagram-v2", ...moves, ...[...reached].map((end) => `  ${end} --> [*]`)];
}

/** A Markdown table whose columns are padded to one width. */
function table(): string[] {
  const cells = [
    ["From", "Action", "Who", "To", "Event", "Mail"],
    ...rows.map(([action, { by, from, to, event, notices }]) => [
      from.join(", ") || "nowhere",
      action,
      inWords(by),
      to === "UNCHANGED" ? "unchanged" : to,
      event,
      notices.map(mail).join(", ") || "none",
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}

function mail({ kind, to }: Notice): string {
  return `${kind} to the ${inWords(to)}`;
}

/** NEW_PARTNER as "new partner". */
function inWords(name: string): string {
  return name.toLowerCase().replace("_", " ");
}
