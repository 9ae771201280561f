import type { DataSource } from "typeorm";
import type { Cleanup } from "../cleanup";
import type { Config } from "../config";
import { DatabaseClock } from "../db/clock/databaseClock";
import { openLogNotifier } from "../db/feed/logNotifications";
import { openLimiters } from "../db/limiters";
import type { DatabaseObserver } from "../db/postgres/databasePool";
import { verifyAdmitted } from "../db/postgres/databaseVersion";
import { createDataSource } from "../db/postgres/dataSource";
import type { Logger } from "../logger";
import { domainOf } from "../mail/mailTransport";
import { createPseudonymize } from "../server/observability/pseudonyms";
import { FormMaker } from "../services/forms/formMaker";
import { RateLimits } from "../services/rateLimits";
import type { ServiceContext } from "../services/serviceContext";

/** The dependencies of use cases, on the whole pool. */
export interface Services extends ServiceContext {
  readonly dataSource: DataSource;
}

export interface ServiceOptions {
  readonly observer: DatabaseObserver;
  /** Milliseconds; the configured one if absent. */
  readonly statementTimeout?: number;
  /** Counts rejected look-ups. */
  readonly lookUpsRefused: (count: number) => void;
}

/** Connects to the database, and opens the dependencies of use cases. Rejects when the database is out of reach. */
export async function openServices(
  cleanup: Cleanup,
  config: Config,
  logger: Logger,
  { lookUpsRefused, ...database }: ServiceOptions,
): Promise<Services> {
  const { databaseUrl: url, databasePoolSize: poolSize, redisUrl, timings, rates } = config;
  const limits = { statementTimeout: timings.statement, connectionTimeout: timings.connection };
  const dataSource = createDataSource({ url, poolSize, logger, ...limits, ...database });
  await dataSource.initialize();
  cleanup.add(() => dataSource.destroy());
  await verifyAdmitted(dataSource);
  const { sandbox, policy, mailHoldHours, portals } = config;
  const clock = new DatabaseClock(dataSource, sandbox);
  await clock.refresh();
  const { notifyReaders, stop } = openLogNotifier({ dataSource, redisUrl, logger });
  cleanup.add(stop);
  const limiters = openLimiters({ dataSource, redisUrl, logger });
  cleanup.add(() => limiters.stop());
  const nameOf = createPseudonymize(config.formUrlSecret);
  const forms = new FormMaker({ patience: timings.form });
  cleanup.add(() => forms.stop());
  return {
    dataSource,
    clock,
    policy,
    sandbox,
    logger,
    limits: new RateLimits({ limiters, rates, dataSource, logger, nameOf, lookUpsRefused }),
    forms,
    mailDomain: domainOf(config.mailFrom),
    mailHoldHours,
    invitationsPerHour: rates.invitations,
    portals,
    notifyReaders,
  };
}
