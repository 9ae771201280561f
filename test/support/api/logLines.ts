import pino from "pino";
import type { Logger } from "../../../src/logger";

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

/** A logger that keeps the SQL statements it is told of, while its level is `trace`, and nothing else. */
export function statementLogger(level: "trace" | "silent" = "trace"): { logger: Logger; statements: string[] } {
  const statements: string[] = [];
  const stream = {
    write(line: string) {
      const { msg, statement } = JSON.parse(line) as { msg?: string; statement?: string };
      if (msg === "sql" && statement !== undefined) statements.push(statement);
    },
  };
  return { logger: pino({ level }, stream), statements };
}
