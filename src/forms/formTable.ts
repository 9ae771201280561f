import { accent, faint, hairline, ink, shade, type Element, type FormPaper, type TextStyle } from "./formPaper";

/** One or more lines of text in a cell, each wrapped where it is too long. */
export type Cell = readonly string[];

export interface Column {
  readonly title: string;
  /** Share of the page's width. */
  readonly share: number;
}

interface Box {
  readonly x: number;
  readonly width: number;
}

const titleStyle: TextStyle = { font: "bold", size: 8, color: accent, lineGap: 0 };
const firstLine: TextStyle = { font: "regular", size: 8.5, color: ink, lineGap: 0.5 };
const leadingLine: TextStyle = { ...firstLine, font: "bold" };
const furtherLine: TextStyle = { ...firstLine, size: 8, color: faint };
const labelStyle: TextStyle = { font: "regular", size: 9.5, color: faint, lineGap: 0.5 };
const valueStyle: TextStyle = { ...labelStyle, color: ink };
const padding = { x: 6, y: 4 };

/**
 * A table whose first column names the row. A row is not split between pages; each further page repeats the header, as
 * decoration, since a screen reader has it already.
 */
export function drawTable(paper: FormPaper, columns: readonly Column[], cells: readonly (readonly Cell[])[]): void {
  const boxes = boxesOf(paper, columns);
  const header = {
    ...measured(
      paper,
      boxes,
      columns.map(({ title }) => [{ text: title, style: titleStyle }]),
    ),
    isHeader: true,
  };
  const rows = cells.map((row) => {
    const lines = row.map((cell, index) => styledLines(cell, index === 0));
    return measured(paper, boxes, lines);
  });
  const table = paper.open("Table");
  paper.ensureRoom(header.height + (rows[0]?.height ?? 0));
  drawRow(paper, boxes, header, table);
  for (const row of rows) {
    if (paper.ensureRoom(row.height)) drawRow(paper, boxes, header, null);
    drawRow(paper, boxes, row, table);
  }
  paper.doc.y += 8;
}

/** Labels with their values: a table with a header at each row. */
export function drawFacts(paper: FormPaper, facts: readonly (readonly [label: string, value: string])[]): void {
  const boxes = boxesOf(paper, [{ share: 0.26 }, { share: 0.74 }]);
  const table = paper.open("Table");
  for (const [label, value] of facts) {
    const row = measured(paper, boxes, [[{ text: label, style: labelStyle }], [{ text: value, style: valueStyle }]]);
    paper.ensureRoom(row.height);
    drawRow(paper, boxes, row, table);
  }
  paper.doc.y += 6;
}

interface Line {
  readonly text: string;
  readonly style: TextStyle;
}

interface Row {
  readonly cells: readonly (readonly Line[])[];
  readonly height: number;
  readonly isHeader: boolean;
}

function styledLines(cell: Cell, isFirstColumn: boolean): Line[] {
  return cell.map((text, index) => {
    return { text, style: index > 0 ? furtherLine : isFirstColumn ? leadingLine : firstLine };
  });
}

function boxesOf(paper: FormPaper, columns: readonly Pick<Column, "share">[]): Box[] {
  let x = paper.left;
  return columns.map(({ share }) => {
    const box = { x: x + padding.x, width: share * paper.width - 2 * padding.x };
    x += share * paper.width;
    return box;
  });
}

function measured(paper: FormPaper, boxes: readonly Box[], cells: Row["cells"]): Row {
  const heights = boxes.map(({ width }, index) =>
    (cells[index] ?? []).reduce((sum, { text, style }) => sum + paper.heightOf(text, style, width), 0),
  );
  return { cells, height: Math.max(...heights) + 2 * padding.y, isHeader: false };
}

/** Draws a row at the present height; without a table as decoration. */
function drawRow(
  paper: FormPaper,
  boxes: readonly Box[],
  { cells, height, isHeader }: Row,
  table: Element | null,
): void {
  const { doc, left, width } = paper;
  const top = doc.y;
  paper.decorate(() => {
    if (isHeader) doc.rect(left, top, width, height).fill(shade);
    doc
      .moveTo(left, top + height)
      .lineTo(left + width, top + height)
      .lineWidth(0.5)
      .stroke(hairline);
  });
  const parent = table && paper.open("TR", table);
  for (const [index, box] of boxes.entries()) {
    const draw = () => {
      doc.y = top + padding.y;
      for (const { text, style } of cells[index] ?? []) paper.write(text, style, box);
    };
    if (parent === null) paper.decorate(draw, "Pagination");
    else if (isHeader) paper.add("TH", draw, { parent, scope: "Column" });
    else if (index === 0) paper.add("TH", draw, { parent, scope: "Row" });
    else paper.add("TD", draw, { parent });
  }
  doc.y = top + height;
}
