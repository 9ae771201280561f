import { writeSync } from "node:fs";

/**
 * Exit code when the reader of the output has left (EPIPE); other errors mean that it cannot be stored (ENOSPC, EIO,
 * EDQUOT …).
 */
const exitCodeOfClosedPipe = 0;
const exitCodeOfFailure = 1;

/**
 * Ends the process when its output cannot be written, in place of a stack: quietly when the reader left, as `head`
 * does, else with one line. Writes that fail report to the stream alone, whoever made them.
 */
export function endWithOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodeOfClosedPipe);
    tellPlainly(`changeover: cannot write the output (${error.code ?? error.message})`);
    process.exit(exitCodeOfFailure);
  });
  // Nobody reads the errors of a process whose standard error is closed.
  process.stderr.on("error", () => {});
}

/** Writes a line at once: the process is about to end. */
function tellPlainly(line: string): void {
  try {
    writeSync(process.stderr.fd, `${line}\n`);
  } catch {
    // standard error is gone too
  }
}
