/** Text that is HTML already. */
export class Html {
  constructor(readonly source: string) {}
}

type Part = string | number | Html | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML from a template literal: whatever is put into it is escaped, unless it is Html itself. Attributes need quotes. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: literals }, ...parts.map(sourceOf)));
}

/** Text on lines of its own as it was typed. */
export function withLineBreaks(text: string): Html {
  return html`${text.split("\n").map((line, index) => (index === 0 ? html`${line}` : html`<br />${line}`))}`;
}

function sourceOf(part: Part): string {
  if (part instanceof Html) return part.source;
  if (typeof part === "object") return part.map(({ source }) => source).join("");
  return String(part).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
