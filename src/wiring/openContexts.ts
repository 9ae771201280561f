import type { Cleanup } from "../cleanup";
import type { Config } from "../config";
import { startLogNotifications } from "../db/feed/logNotifications";
import { Shares } from "../db/postgres/connectionQuotas";
import { createRequestContext, type RequestContext } from "../resolvers/requestContext";
import type { Caller } from "../server/auth/authenticate";
import type { Metrics } from "../server/observability/metrics";
import { createViewerReader, UnauthenticatedError, type ReadViewer } from "../services/directory/readViewer";
import { createFeedReader } from "../services/feed/subscribe";
import { createFormLinks, type FormLinks } from "../services/forms/formLinks";
import type { ServiceContext } from "../services/serviceContext";
import type { Services } from "./openServices";

/** The contexts that operations and downloads run in. */
export interface Contexts {
  /**
   * Returns a context with the caller's present rights. Rejects with UnauthenticatedError when its token has expired.
   */
  contextOf(caller: Caller): Promise<RequestContext>;
  /** Returns the services within a person's connection quota. */
  servicesFor(email: string): ServiceContext;
  readonly readViewer: ReadViewer;
  readonly formLinks: FormLinks;
}

/** Opens the feed, the connection quotas, and what else contexts consist of. */
export function openContexts(cleanup: Cleanup, config: Config, services: Services, metrics: Metrics): Contexts {
  const { timings, databasePoolSize: size } = config;
  const { logger, dataSource } = services;
  const notifications = startLogNotifications({ ...config, logger, patience: timings.notificationCheck });
  cleanup.add(() => notifications.stop());
  const quotas = new Shares({ size, patience: timings.connection, waits: () => metrics.quotaWaits.inc() });
  const feed = createFeedReader(services, {
    notifications,
    maxReaders: Math.floor(size / 2),
    pollInterval: timings.feedPoll,
    readWithin: timings.feedRead,
  });
  cleanup.add(() => feed.stop());
  const formLinks = createFormLinks(config);
  const readViewer = createViewerReader(services);
  const servicesFor = (email: string) => ({ ...services, dataSource: quotas.databaseOf(dataSource, email) });
  const contextOf = async (caller: Caller): Promise<RequestContext> => {
    if (caller.expiresAt.getTime() <= Date.now()) {
      throw new UnauthenticatedError("The access token has expired.", true);
    }
    const viewer = await readViewer(caller);
    const { payer } = caller;
    const refreshed = () => contextOf(caller);
    return createRequestContext({ viewer, services: servicesFor(viewer.email), feed, formLinks, payer, refreshed });
  };
  return { contextOf, servicesFor, readViewer, formLinks };
}
