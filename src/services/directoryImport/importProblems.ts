/**
 * A problem that prevents the import of a file. `line` counts from 1, the header. A row over several lines has its
 * first line.
 */
export interface ImportProblem {
  readonly file: string;
  readonly line: number;
  /** Null when it is the row that is wrong. */
  readonly column: string | null;
  readonly message: string;
}

/** How many problems are kept, and how many accounts whose partner was left alone: the rest are counted. */
export const maxListed = 1000;

/** `file:line: column: what is wrong`, as compilers write it. */
export function formatProblem({ file, line, column, message }: ImportProblem): string {
  return `${file}:${line}: ${column === null ? "" : `${column}: `}${message}`;
}

/** Gathers what is wrong in all files, in memory that does not grow with them. */
export class ImportProblems {
  /** All of them, listed or not. */
  count = 0;
  /** A file could not be read to its end, so what refers to it can't be judged. */
  unreadable = false;
  private readonly listed: ImportProblem[] = [];

  add(problem: ImportProblem): void {
    if (this.listed.length < maxListed) this.listed.push(problem);
    this.count += 1;
  }

  /** Adds what a query found: its first rows, and how many there are. */
  addAll(problems: readonly ImportProblem[], total: number): void {
    this.listed.push(...problems);
    this.count += total;
  }

  /** The first ones, in the order of the files given and of their lines. */
  list(files: readonly string[]): ImportProblem[] {
    return this.listed
      .toSorted((one, other) => files.indexOf(one.file) - files.indexOf(other.file) || one.line - other.line)
      .slice(0, maxListed);
  }
}
