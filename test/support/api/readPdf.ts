import { execFile } from "node:child_process";
import { join } from "node:path";

export interface PdfElement {
  /** Absent on the root and on content. */
  readonly role?: string;
  readonly children?: readonly PdfElement[];
}

export interface PdfContent {
  readonly title: string;
  readonly language: string | null;
  readonly isTagged: boolean;
  /** The text of each page. */
  readonly pages: readonly string[];
  /** The structure tree of each page. */
  readonly structure: readonly PdfElement[];
}

/** Reads a PDF with PDF.js. */
export async function readPdf(file: Uint8Array): Promise<PdfContent> {
  return await new Promise((resolve, reject) => {
    const reader = execFile(process.execPath, [join(__dirname, "pdfReader.mjs")], (error, output) =>
      error === null ? resolve(JSON.parse(output) as PdfContent) : reject(error),
    );
    reader.stdin?.end(file);
  });
}

/** How many elements of each type there are. */
export function rolesOf(elements: readonly PdfElement[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const visit = ({ role, children = [] }: PdfElement): void => {
    if (role !== undefined) counts[role] = (counts[role] ?? 0) + 1;
    children.forEach(visit);
  };
  elements.forEach(visit);
  return counts;
}
