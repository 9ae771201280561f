import { isolated } from "./harmlessText";
import type { Column, LetterParts } from "./letterParts";

/** The letter as plain text. */
export function layOutText({ heading, paragraphs, facts, accounts, note, next, link, footer }: LetterParts): string {
  const sections = [
    heading.toUpperCase(),
    ...paragraphs,
    facts.map(({ label, value }) => `${label}: ${value}`).join("\n"),
    ["BILLING ACCOUNTS", ...accounts.rows.map((row) => accountLines(accounts.columns, row))].join("\n"),
    ...(note === null ? [] : [`${note.title}:\n${note.lines.map((line) => `> ${isolated(line)}`).join("\n")}`]),
    ["WHAT TO DO NEXT", ...next.map((step) => `- ${step}`)].join("\n"),
    ...(link === null ? [] : [`${link.label}: ${link.url}`]),
    `-- \n${footer}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

/** `- 7701019, Northlight` and below it what else the table says of the account. */
function accountLines(columns: readonly Column[], [number, name, ...others]: readonly string[]): string {
  const details = others.map((value, index) => `\n  ${columns[index + 2]?.title ?? ""}: ${value}`);
  return `- ${number ?? ""}, ${name ?? ""}${details.join("")}`;
}
