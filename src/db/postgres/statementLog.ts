import type { Logger as TypeormLogger } from "typeorm";
import type { Logger } from "../../logger";

/** Passes TypeORM's messages to the process's log: statements at trace level, without their parameters. */
export class StatementLog implements TypeormLogger {
  constructor(private readonly logger: Logger) {}

  logQuery(statement: string): void {
    this.logger.trace({ statement }, "sql");
  }

  logQueryError(error: string | Error, statement: string): void {
    const message = error instanceof Error ? error.message : error;
    this.logger.debug({ statement, error: message }, "sql failed");
  }

  logQuerySlow(milliseconds: number, statement: string): void {
    this.logger.warn({ statement, milliseconds }, "slow sql");
  }

  logSchemaBuild(message: string): void {
    this.logger.debug(message);
  }

  logMigration(message: string): void {
    this.logger.debug(message);
  }

  log(level: "log" | "info" | "warn", message: unknown): void {
    this.logger[level === "warn" ? "warn" : "debug"](String(message));
  }
}
