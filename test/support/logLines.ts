import pino from "pino";
import type { Logger } from "../../src/logger";

export type LogLine = Record<string, unknown>;

/** A logger that keeps its lines, and the lines. */
export function keepingLogger(level = "debug"): { logger: Logger; lines: LogLine[]; text: () => string } {
  const lines: LogLine[] = [];
  const written: string[] = [];
  const stream = {
    write(line: string) {
      written.push(line);
      lines.push(JSON.parse(line) as LogLine);
    },
  };
  return { logger: pino({ level, base: undefined }, stream), lines, text: () => written.join("") };
}
