// Rows as text, in pieces of some size.

/** For COPY in its text format. `onProgress` hears how many rows are done. */
export function* copyLines(rows, onProgress = () => {}) {
  yield* pieces(rows, (row) => row.map((value) => value ?? "\\N").join("\t"), onProgress);
}

/** A CSV file of rows that all have the same columns, with its header. No value needs quotes. */
export function* csvLines(rows) {
  const { value: first } = rows.next();
  yield `${Object.keys(first).join(",")}\n${lineOfCsv(Object.values(first))}\n`;
  yield* pieces(rows, lineOfCsv, () => {});
}

const lineOfCsv = (row) => row.map((value) => value ?? "").join(",");

function* pieces(rows, lineOf, onProgress) {
  let piece = "";
  let done = 0;
  for (const row of rows) {
    piece += `${lineOf(Object.values(row))}\n`;
    done += 1;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
    onProgress(done);
  }
  yield piece;
  onProgress(done);
}
