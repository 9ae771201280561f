import type { DataSource } from "typeorm";
import { createDataSource } from "../../../src/db/postgres/dataSource";
import { openLogNotifier } from "../../../src/db/feed/logNotifications";
import { defaultPolicy } from "../../../src/domain/policy";
import { createLogger } from "../../../src/logger";
import { openLimiters } from "../../../src/db/limiters";
import { FormMaker } from "../../../src/services/forms/formMaker";
import { RateLimits } from "../../../src/services/rateLimits";
import { clockOf } from "../data/clockOf";
import { noPortals } from "./noPortals";
import type { ServiceContext } from "../../../src/services/serviceContext";

export interface TestServices extends ServiceContext {
  readonly dataSource: DataSource;
  /** Moves the service's clock, which otherwise goes with the system's. */
  advance(milliseconds: number): void;
  close(): Promise<void>;
}

/** What use cases need, on a test database, with a clock that can be moved forward. */
export async function openTestServices(databaseUrl: string): Promise<TestServices> {
  const logger = createLogger("silent", "json");
  const dataSource = await createDataSource({ url: databaseUrl, poolSize: 10, logger }).initialize();
  const { notifyReaders, stop } = openLogNotifier({ dataSource, redisUrl: null, logger });
  const limiters = openLimiters({ dataSource, redisUrl: null, logger });
  const rates = { viewerPoints: Infinity, addressPoints: Infinity, lookUps: Infinity, invitations: Infinity };
  const forms = new FormMaker();
  let ahead = 0;
  return {
    dataSource,
    logger,
    limits: new RateLimits({ limiters, rates, dataSource, logger, nameOf: String, lookUpsRefused: () => {} }),
    forms,
    policy: defaultPolicy,
    mailDomain: "changeover.example",
    mailHoldHours: 24,
    invitationsPerHour: Infinity,
    portals: noPortals,
    clock: clockOf(() => new Date(Date.now() + ahead)),
    sandbox: false,
    notifyReaders,
    advance: (milliseconds) => void (ahead += milliseconds),
    close: async () => {
      await forms.stop();
      await stop();
      await dataSource.destroy();
    },
  };
}
