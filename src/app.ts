import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { JSONWebKeySet } from "jose";
import type { DataSource } from "typeorm";
import { Cleanup, startOrCleanUp } from "./cleanup";
import { httpUrlOf, type Config } from "./config";
import { verifyAdmitted } from "./db/postgres/databaseVersion";
import { DatabaseClock } from "./db/clock/databaseClock";
import { createDataSource } from "./db/postgres/dataSource";
import type { DatabaseObserver } from "./db/postgres/databasePool";
import { openLimiters } from "./db/limiters";
import { Shares } from "./db/postgres/connectionQuotas";
import { openLogNotifier, startLogNotifications } from "./db/feed/logNotifications";
import { startWorker } from "./jobs/worker";
import type { Logger } from "./logger";
import { createMailTransport, domainOf } from "./mail/mailTransport";
import { createSchema } from "./resolvers/createSchema";
import { createRequestContext, type RequestContext } from "./resolvers/requestContext";
import { createAccessTokens } from "./server/auth/accessTokens";
import { clientAddress } from "./server/auth/clientAddress";
import { createAuthenticate, type Caller } from "./server/auth/authenticate";
import { createApolloServer } from "./server/execution/apolloServer";
import { OperationCache } from "./server/execution/operationCache";
import { OperationPipeline } from "./server/execution/operationPipeline";
import { readTrustedDocuments } from "./server/execution/trustedDocuments";
import { ConnectionRegistry } from "./server/subscriptions/connectionRegistry";
import { WebSocketEndpoint } from "./server/websocket/webSocketEndpoint";
import { createHealth } from "./server/http/healthEndpoints";
import { ErrorResponses } from "./server/http/errorResponses";
import { FormDownload } from "./server/http/formDownload";
import { GraphqlEndpoint } from "./server/http/graphqlEndpoint";
import { createHttpServer } from "./server/http/httpServer";
import { createIssuerCheck } from "./server/auth/issuerCheck";
import { createOriginCheck, isOwnHost } from "./server/auth/origins";
import { Draining } from "./server/http/draining";
import { createStartPage } from "./server/http/pages/startPage";
import { createOperationObserver } from "./server/observability/operationObserver";
import { createPlayground } from "./server/http/pages/playground";
import type { Route } from "./server/http/route";
import { createServiceMetrics } from "./server/observability/metrics";
import { EventStreamEndpoint } from "./server/sse/eventStreamEndpoint";
import { FairScheduler, type WaitForSlot } from "./server/overload/fairScheduler";
import { createViewerName } from "./server/observability/pseudonyms";
import { startFeedAlarm } from "./services/feed/lagAlarm";
import { createFeedReader } from "./services/feed/subscribe";
import { createFormLinks } from "./services/forms/formLinks";
import { FormMaker } from "./services/forms/formMaker";
import { createRateLimits } from "./services/rateLimits";
import { createViewerReader, UnauthenticatedError } from "./services/directory/readViewer";
import { startWatch } from "./services/readiness";
import type { ServiceContext } from "./services/serviceContext";
import { startTracing } from "./tracing/startTracing";
import { tracedMail } from "./tracing/tracedMail";

export interface Running {
  stop(): Promise<void>;
}

export interface RunningApi extends Running {
  /** Where it listens. */
  readonly url: string;
}

/** Options that only `dev` sets. */
export interface ApiExtras {
  readonly routes: readonly Route[];
  /** The keys of an issuer in this process. */
  readonly jwks: JSONWebKeySet;
  /**
   * Hosts that are served in addition to loopback ones; pages of loopback origins may call. All hosts are served if
   * absent.
   */
  readonly hosts?: readonly string[];
}

/** Milliseconds that a statement of a job may take: nobody waits for its answer. */
const statementTimeoutOfJobs = 15_000;

interface Services extends ServiceContext {
  readonly dataSource: DataSource;
}

interface ServiceParts {
  readonly observer: DatabaseObserver;
  readonly statementTimeout?: number;
  readonly lookUpsRefused: (count: number) => void;
}

/** The connected database and what use cases need; both halves of the service are built on it. */
async function openServices(
  config: Config,
  logger: Logger,
  { lookUpsRefused, ...database }: ServiceParts,
  cleanup: Cleanup,
): Promise<Services> {
  const { databaseUrl: url, databasePoolSize: poolSize, timings } = config;
  const limits = { statementTimeout: timings.statement, connectionTimeout: timings.connection };
  const dataSource = createDataSource({ url, poolSize, logger, ...limits, ...database });
  await dataSource.initialize();
  cleanup.add(() => dataSource.destroy());
  await verifyAdmitted(dataSource);
  const mailDomain = domainOf(config.mailFrom);
  const { sandbox, policy, mailHoldHours, portals } = config;
  const clock = new DatabaseClock(dataSource, sandbox);
  await clock.refresh();
  const { notifyReaders, stop } = openLogNotifier({ dataSource, redisUrl: config.redisUrl, logger });
  cleanup.add(stop);
  const limiters = openLimiters({ dataSource, redisUrl: config.redisUrl, logger });
  cleanup.add(() => limiters.stop());
  const nameOf = createViewerName(config.formUrlSecret);
  const { rates } = config;
  const rateLimits = createRateLimits({ limiters, rates, dataSource, logger, nameOf, lookUpsRefused });
  const forms = new FormMaker({ patience: timings.form });
  cleanup.add(() => forms.stop());
  return {
    dataSource,
    clock,
    policy,
    sandbox,
    logger,
    limits: rateLimits,
    forms,
    mailDomain,
    mailHoldHours,
    invitationsPerHour: rates.invitations,
    portals,
    notifyReaders,
  };
}

/**
 * Starts the API: HTTP and WebSocket. Rejects when the port is taken (EADDRINUSE) or the database is out of reach;
 * ConfigError.
 */
export async function startApi(config: Config, logger: Logger, extras?: ApiExtras): Promise<RunningApi> {
  return await startOrCleanUp((cleanup) => openApi(cleanup, config, logger, extras));
}

async function openApi(cleanup: Cleanup, config: Config, logger: Logger, extras?: ApiExtras): Promise<RunningApi> {
  const schema = createSchema();
  const trusted = readTrustedDocuments(config.trustedDocuments, schema);
  const metrics = createServiceMetrics();
  const tracing = startTracing(config.tracing, "serve");
  cleanup.add(() => tracing.stop());
  const parts: ServiceParts = {
    observer: { waited: (seconds) => metrics.poolWait.observe(seconds), Client: tracing.Client },
    lookUpsRefused: (count) => metrics.lookUpsRefused.inc(count),
  };
  const services = await openServices(config, logger, parts, cleanup);
  const notifications = startLogNotifications({ ...config, logger, patience: config.timings.notificationCheck });
  cleanup.add(() => notifications.stop());
  const shares = new Shares({
    size: config.databasePoolSize,
    patience: config.timings.connection,
    waits: () => metrics.shareWaits.inc(),
  });
  const servicesFor = (email: string): ServiceContext => ({
    ...services,
    dataSource: shares.databaseOf(services.dataSource, email),
  });
  const maxReaders = Math.floor(config.databasePoolSize / 2);
  const feed = createFeedReader(services, {
    notifications,
    maxReaders,
    pollInterval: config.timings.feedPoll,
    readWithin: config.timings.feedRead,
  });
  cleanup.add(() => feed.stop());
  const formLinks = createFormLinks(config);
  const readViewer = createViewerReader(services);
  const tokens = createAccessTokens(config.auth, extras?.jwks);
  const contextOf = async (identity: Caller): Promise<RequestContext> => {
    if (identity.expiresAt.getTime() <= Date.now())
      throw new UnauthenticatedError("The access token has expired.", true);
    const viewer = await readViewer(identity);
    const { payer } = identity;
    const refreshed = () => contextOf(identity);
    return createRequestContext({ viewer, services: servicesFor(viewer.email), feed, formLinks, payer, refreshed });
  };

  const observer = createOperationObserver({
    logger,
    metrics,
    viewerName: createViewerName(config.formUrlSecret),
    tracing,
  });
  const { limits } = services;
  const authenticate = createAuthenticate({ tokens, limits, trustedProxies: config.trustedProxies, logger });
  const scheduler = new FairScheduler();
  const addressIn = (request: IncomingMessage) => clientAddress(request, config.trustedProxies);
  const waitForSlot: WaitForSlot = (request, hasLeft) => scheduler.wait(addressIn(request), hasLeft);
  const charge = (request: IncomingMessage, points: number) => limits.spendAt(addressIn(request), points);
  const chargeSocket = (request: IncomingMessage, points: number) =>
    limits.spendAt(addressIn(request), points, "sockets");
  const operations = new OperationCache(schema);
  const apollo = createApolloServer(operations, logger);
  await apollo.start();
  cleanup.add(() => apollo.stop());
  const pipeline = new OperationPipeline({ operations, apollo, trusted, scheduler, contextOf });
  const errorResponses = new ErrorResponses(waitForSlot);
  const isAllowedOrigin = createOriginCheck({ ...config, allowsLoopback: extras?.hosts !== undefined, logger });
  const connections = new ConnectionRegistry({ maxPerAddress: config.connectionsPerAddress });
  cleanup.add(() => connections.stop());
  const { clockCheck, connectionInit: initTimeout, socketRefusal: rejectionDelay } = config.timings;
  const streaming = { pipeline, logger, observer, connections, errorResponses, authenticate, clockCheck };
  const socket = new WebSocketEndpoint({
    ...streaming,
    initTimeout,
    rejectionDelay,
    isAllowedOrigin,
    schedule: waitForSlot,
    charge: chargeSocket,
  });
  const stream = new EventStreamEndpoint(streaming);
  const watch = startWatch(services, config.databaseUrl, logger, config.timings.healthCache);
  cleanup.add(() => watch.stop());
  cleanup.add(startFeedAlarm(watch, logger, config.timings));
  const health = createHealth(watch, createIssuerCheck(tokens), connections, scheduler, metrics);
  const routes = [
    new GraphqlEndpoint({ pipeline, observer, errorResponses, authenticate }),
    stream,
    new FormDownload({
      servicesFor,
      readViewer,
      links: formLinks,
      limits,
      addressOf: addressIn,
      observer,
      errorResponses,
    }),
    ...health.routes,
    ...(config.playground ? createPlayground() : createStartPage()),
    ...(extras?.routes ?? []),
  ];
  const { upgrade } = socket;
  const server = createHttpServer({
    routes,
    logger,
    isAllowedOrigin,
    isServedHost: (host) => extras?.hosts === undefined || isOwnHost(host, extras.hosts),
    metrics,
    tracing,
    errorResponses,
    charge,
    upgrade,
    timings: config.timings,
  });
  const draining = new Draining(server);
  server.listen(config.port, config.host);
  await once(server, "listening");
  cleanup.add(async () => {
    const closed = draining.end(config.drain.requestSeconds);
    await Promise.all([stream.stop(), socket.stop()]);
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    health.drain();
    draining.begin();
    await pause(config.drain.seconds * 1_000);
    await cleanup.run();
  };
  return { url: httpUrlOf(config.host, port), stop };
}

/** Starts the background jobs: mail, cancellations, deadlines. */
export async function startJobs(config: Config, logger: Logger): Promise<Running> {
  return await startOrCleanUp((cleanup) => openJobs(cleanup, config, logger));
}

async function openJobs(cleanup: Cleanup, config: Config, logger: Logger): Promise<Running> {
  const tracing = startTracing(config.tracing, "worker");
  cleanup.add(() => tracing.stop());
  const parts: ServiceParts = {
    observer: { waited: () => {}, Client: tracing.Client },
    lookUpsRefused: () => {}, // jobs look nothing up for anybody
    statementTimeout: statementTimeoutOfJobs,
  };
  const context = await openServices(config, logger, parts, cleanup);
  const mail = tracedMail(createMailTransport(config), tracing);
  cleanup.add(() => mail.close());
  const worker = await startWorker({ databaseUrl: config.databaseUrl, context, mail, tracing });
  cleanup.add(() => worker.stop());
  return { stop: () => cleanup.run() };
}
