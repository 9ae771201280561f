import { types } from "pg";
import { DataSource } from "typeorm";
import { BillingAccountEntity } from "../../entities/billingAccountEntity";
import { BillingAccountRoleEntity } from "../../entities/billingAccountRoleEntity";
import { CocpEventEntity } from "../../entities/cocpEventEntity";
import { CocpNotificationEntity } from "../../entities/cocpNotificationEntity";
import { CocpNotificationRecordEntity } from "../../entities/cocpNotificationRecordEntity";
import { CocpRecordEntity } from "../../entities/cocpRecordEntity";
import { CocpReminderEntity } from "../../entities/cocpReminderEntity";
import { CocpRequestEntity } from "../../entities/cocpRequestEntity";
import { CocpSignatureEntity } from "../../entities/cocpSignatureEntity";
import { CustomerEntity } from "../../entities/customerEntity";
import { IdempotencyKeyEntity } from "../../entities/idempotencyKeyEntity";
import { PartnerEntity } from "../../entities/partnerEntity";
import { PartnerOfRecordEntity } from "../../entities/partnerOfRecordEntity";
import { PartnerUserEntity } from "../../entities/partnerUserEntity";
import { RateLimitEntity } from "../../entities/rateLimitEntity";
import { SandboxClockEntity } from "../../entities/sandboxClockEntity";
import type { Logger } from "../../logger";
import { Directory0001000000000 } from "../../../migrations/0001-directory";
import { Requests0002000000000 } from "../../../migrations/0002-requests";
import { Deadlines0003000000000 } from "../../../migrations/0003-deadlines";
import { RecentMail0004000000000 } from "../../../migrations/0004-recent-mail";
import { driver, type DatabaseObserver, type DatabasePoolOptions } from "./databasePool";
import { RateLimits0005000000000 } from "../../../migrations/0005-rate-limits";
import { ListOrder0006000000000 } from "../../../migrations/0006-list-order";
import { FeedOrder0007000000000 } from "../../../migrations/0007-feed-order";
import { PartnerHistory0008000000000 } from "../../../migrations/0008-partner-history";
import { MailOrder0009000000000 } from "../../../migrations/0009-mail-order";
import { FeedOfRequest0011000000000 } from "../../../migrations/0011-feed-of-request";
import { ForeignKeys0012000000000 } from "../../../migrations/0012-foreign-keys";
import { AsciiKeys0010000000000 } from "../../../migrations/0010-ascii-keys";
import { StatementLog } from "./statementLog";

// A calendar date stays the text that it is; the driver's default is a Date at local midnight.
types.setTypeParser(types.builtins.DATE, (text) => text);

// V8 reads an instant as PostgreSQL writes it in UTC, faster than the driver does; what it can't read is left to the
// driver.
const driversInstant = types.getTypeParser(types.builtins.TIMESTAMPTZ);
types.setTypeParser(types.builtins.TIMESTAMPTZ, (text) => {
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? driversInstant(text) : instant;
});

export interface DataSourceOptions {
  readonly url: string;
  readonly poolSize: number;
  readonly logger: Logger;
  /** Milliseconds that a statement may take, its waiting for locks included: 5,000 if absent; 0: any time. */
  readonly statementTimeout?: number | undefined;
  /** Milliseconds after which the server's silence ends a connection: see DatabaseClientOptions. */
  readonly patience?: number | undefined;
  /**
   * Milliseconds that a caller waits for a connection, 2,000 if absent: it is rejected then, to try again instead of
   * piling up.
   */
  readonly connectionTimeout?: number;
  readonly observer?: DatabaseObserver | undefined;
  /** Leaves its statements out of the log: for what looks again and again. */
  readonly isQuiet?: boolean;
}

const entities = [
  CustomerEntity,
  PartnerEntity,
  PartnerUserEntity,
  BillingAccountEntity,
  BillingAccountRoleEntity,
  PartnerOfRecordEntity,
  CocpRequestEntity,
  CocpSignatureEntity,
  CocpRecordEntity,
  CocpEventEntity,
  CocpNotificationEntity,
  CocpNotificationRecordEntity,
  IdempotencyKeyEntity,
  CocpReminderEntity,
  SandboxClockEntity,
  RateLimitEntity,
];

/** In the order in which they are applied. */
const migrations = [
  Directory0001000000000,
  Requests0002000000000,
  Deadlines0003000000000,
  RecentMail0004000000000,
  RateLimits0005000000000,
  ListOrder0006000000000,
  FeedOrder0007000000000,
  PartnerHistory0008000000000,
  MailOrder0009000000000,
  AsciiKeys0010000000000,
  FeedOfRequest0011000000000,
  ForeignKeys0012000000000,
];

/** The connection pool with the entities and migrations. Not yet connected: call `initialize()`. */
export function createDataSource(options: DataSourceOptions): DataSource {
  const { url, poolSize, logger, statementTimeout, patience, observer, isQuiet = false } = options;
  const extra: DatabasePoolOptions = {
    connectionTimeoutMillis: options.connectionTimeout ?? patience ?? 2_000,
    statementTimeout,
    answerTimeout: patience,
    genericPlans: true,
    ...(observer && { observer }),
  };
  const dataSource: DataSource = new DataSource({
    type: "postgres",
    url,
    poolSize,
    applicationName: "changeover",
    ...(isQuiet
      ? { logging: false }
      : { logger: new StatementLog(logger), logging: ["query", "error", "warn", "migration"] }),
    installExtensions: false,
    migrationsTableName: "changeover_migrations",
    migrationsTransactionMode: "each",
    poolErrorHandler(error: Error) {
      // After `destroy()`, connection errors are expected and not logged.
      if (dataSource.isInitialized) logger.warn({ error: error.message }, "an idle database connection was lost");
    },
    driver,
    extra,
    entities,
    migrations,
  });
  return dataSource;
}
