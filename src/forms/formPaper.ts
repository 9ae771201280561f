import { buffer } from "node:stream/consumers";
import PDFDocument from "pdfkit";
import { formFonts, printable, replacement } from "./formFonts";

/** How a piece of text looks. Sizes are points. */
export interface TextStyle {
  readonly font: keyof typeof formFonts;
  readonly size: number;
  readonly color: string;
  /** Points between lines, on top of the font's own. */
  readonly lineGap: number;
}

export const ink = "#1a2233";
export const faint = "#5a6478";
export const accent = "#1f4e8c";
export const hairline = "#c9d0dc";
export const shade = "#eef2f8";

const bodyStyle: TextStyle = { font: "regular", size: 9.25, color: ink, lineGap: 1.25 };
const headingStyles: Readonly<
  Record<"H1" | "H2" | "H3", TextStyle & { readonly above: number; readonly below: number }>
> = {
  H1: { font: "bold", size: 19, color: ink, lineGap: 0, above: 0, below: 6 },
  H2: { font: "bold", size: 13, color: accent, lineGap: 0, above: 16, below: 6 },
  H3: { font: "bold", size: 10.5, color: ink, lineGap: 0, above: 8, below: 3 },
};
const footerStyle: TextStyle = { font: "regular", size: 8, color: faint, lineGap: 0 };

const margins = { top: 48, bottom: 60, left: 50, right: 50 };
/** Points that must be left below a heading, so that it does not stand alone at the foot of a page. */
const roomAfterHeading = 64;

export type Element = PDFKit.PDFStructureElement;

/**
 * A4 pages that are written from top to bottom, each piece tagged for screen readers: a piece is an element of the
 * structure tree, decoration is an artifact. Nothing in it depends on the time or on chance, nor, being uncompressed,
 * on the version of zlib.
 */
export class FormPaper {
  readonly doc: PDFKit.PDFDocument;
  readonly left = margins.left;
  readonly width: number;
  private readonly root: Element;
  private hasReplaced = false;

  constructor(title: string, created: Date) {
    this.doc = new PDFDocument({
      size: "A4",
      margins,
      pdfVersion: "1.7",
      compress: false,
      bufferPages: true,
      tagged: true,
      lang: "en",
      displayTitle: true,
      info: { Title: title, Creator: "Changeover", CreationDate: created, ModDate: created },
    });
    this.doc.registerFont("regular", formFonts.regular).registerFont("bold", formFonts.bold);
    this.width = this.doc.page.width - margins.left - margins.right;
    this.root = this.doc.struct("Document");
    this.doc.addStructure(this.root);
  }

  heading(level: keyof typeof headingStyles, text: string): void {
    const { above, below, ...style } = headingStyles[level];
    const height = this.heightOf(text, style, this.width);
    const isFirst = this.doc.y <= margins.top;
    this.ensureRoom((isFirst ? 0 : above) + height + roomAfterHeading);
    if (this.doc.y > margins.top) this.doc.y += above;
    this.add(level, () => this.write(text, style));
    this.doc.y += below;
  }

  paragraph(text: string, look: Partial<TextStyle> = {}): void {
    const style = { ...bodyStyle, ...look };
    this.ensureRoom(2 * this.heightOf("x", style, this.width));
    this.add("P", () => this.write(text, style));
    this.doc.y += 6;
  }

  /** Adds an element of that type, to the document unless it has a parent; `draw` writes what it holds. */
  add(
    type: string,
    draw?: () => void,
    { parent = this.root, scope }: { parent?: Element; scope?: "Column" | "Row" } = {},
  ) {
    const element = this.doc.struct(type, scope === undefined ? {} : { scope }, draw === undefined ? [] : [draw]);
    parent.add(element);
    return element;
  }

  /** An element that more elements are added to. */
  open(type: string, parent = this.root): Element {
    const element = this.doc.struct(type);
    parent.add(element);
    return element;
  }

  /** Draws what screen readers are to pass over. */
  decorate(draw: () => void, type: "Layout" | "Pagination" = "Layout"): void {
    this.doc.markContent("Artifact", { type });
    draw();
    this.doc.endMarkedContent();
  }

  /** Writes text at a place, by default where the last one ended, over that width. */
  write(
    text: string,
    style: TextStyle,
    place: { x?: number; y?: number; width?: number; align?: "left" | "right" } = {},
  ): void {
    const { x = this.left, y = this.doc.y, width = this.width, align = "left" } = place;
    const { lineGap } = style;
    this.useStyle(style).text(this.shown(text), x, y, { width, align, lineGap });
  }

  /** Points from the first line's top to the last one's bottom. */
  heightOf(text: string, style: TextStyle, width: number): number {
    return this.useStyle(style).heightOfString(this.shown(text), { width, lineGap: style.lineGap });
  }

  /** Goes on to the next page when this one has no such height left. Says whether it did. */
  ensureRoom(height: number): boolean {
    if (this.doc.y + height <= this.doc.page.height - margins.bottom) return false;
    this.doc.addPage();
    return true;
  }

  /** Ends the document, with a footer on each page. Gives the file. */
  async finish(footer: string): Promise<Buffer> {
    if (this.hasReplaced) {
      this.paragraph(`A ${replacement} stands for a character that this form's font does not have.`, {
        size: 8,
        color: faint,
      });
    }
    const { start, count } = this.doc.bufferedPageRange();
    for (let page = start; page < start + count; page += 1) {
      this.doc.switchToPage(page);
      this.decorate(() => this.drawFooter(footer, `Page ${page + 1} of ${count}`), "Pagination");
    }
    this.doc.end();
    return await buffer(this.doc);
  }

  private drawFooter(text: string, pageNumber: string): void {
    const { page } = this.doc;
    const y = page.height - margins.bottom + 24;
    page.margins.bottom = 0; // else pdfkit takes the footer for text that belongs on another page
    this.doc
      .moveTo(this.left, y - 8)
      .lineTo(this.left + this.width, y - 8)
      .lineWidth(0.5)
      .stroke(hairline);
    this.write(text, footerStyle, { y });
    this.write(pageNumber, footerStyle, { y, align: "right" });
  }

  private useStyle({ font, size, color }: TextStyle): PDFKit.PDFDocument {
    return this.doc.font(font).fontSize(size).fillColor(color);
  }

  private shown(text: string): string {
    const shown = printable(text);
    this.hasReplaced ||= shown.includes(replacement);
    return shown;
  }
}
