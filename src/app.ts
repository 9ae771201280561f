import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { JSONWebKeySet } from "jose";
import { startOrCleanUp, type Cleanup } from "./cleanup";
import { httpUrlOf, type Config } from "./config";
import { startWorker } from "./jobs/worker";
import type { Logger } from "./logger";
import { createMailTransport } from "./mail/mailTransport";
import { isOwnHost } from "./server/auth/origins";
import { Draining } from "./server/http/draining";
import { createHealth } from "./server/http/healthEndpoints";
import { createHttpServer } from "./server/http/httpServer";
import { createPlayground } from "./server/http/pages/playground";
import { createStartPage } from "./server/http/pages/startPage";
import type { Route } from "./server/http/route";
import { createMetrics } from "./server/observability/metrics";
import { startFeedAlarm } from "./services/feed/lagAlarm";
import { startWatch } from "./services/readiness";
import { startTracing } from "./tracing/startTracing";
import { tracedMail } from "./tracing/tracedMail";
import { openContexts } from "./wiring/openContexts";
import { openServices } from "./wiring/openServices";
import { openTransports } from "./wiring/openTransports";

export interface Running {
  stop(): Promise<void>;
}

export interface RunningApi extends Running {
  /** The URL that it listens on. */
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

/** Milliseconds for a statement of a job. No client waits for it. */
const jobStatementTimeout = 15_000;

/**
 * Starts the API: HTTP, WebSocket and event streams. Rejects when the port is taken (EADDRINUSE) or the database is
 * out of reach; ConfigError.
 */
export async function startApi(config: Config, logger: Logger, extras?: ApiExtras): Promise<RunningApi> {
  return await startOrCleanUp((cleanup) => openApi(cleanup, config, logger, extras));
}

async function openApi(cleanup: Cleanup, config: Config, logger: Logger, extras?: ApiExtras): Promise<RunningApi> {
  const metrics = createMetrics();
  const tracing = startTracing(config.tracing, "serve");
  cleanup.add(() => tracing.stop());
  const services = await openServices(cleanup, config, logger, {
    observer: { waited: (seconds) => metrics.poolWait.observe(seconds), Client: tracing.Client },
    lookUpsRefused: (count) => metrics.lookUpsRejected.inc(count),
  });
  const contexts = openContexts(cleanup, config, services, metrics);
  const { hosts, routes = [], jwks } = extras ?? {};
  const parts = { config, services, contexts, metrics, tracing, jwks, allowsLoopback: hosts !== undefined };
  const transports = await openTransports(cleanup, parts);
  const watch = startWatch(services, config.databaseUrl, logger, config.timings.healthCache);
  cleanup.add(() => watch.stop());
  cleanup.add(startFeedAlarm(watch, logger, config.timings));
  const { http, eventStreams, sockets, forms, isIssuerReady, connections, scheduler } = transports;
  const health = createHealth(watch, isIssuerReady, connections, scheduler, metrics);
  const pages = config.playground ? createPlayground() : createStartPage();
  const server = createHttpServer({
    ...transports,
    routes: [http, eventStreams, forms, ...health.routes, ...pages, ...routes],
    logger,
    isServedHost: (host) => hosts === undefined || isOwnHost(host, hosts),
    metrics,
    tracing,
    charge: (request: IncomingMessage, points: number) =>
      services.limits.spendAt(transports.addressOf(request), points),
    upgrade: sockets.upgrade,
    timings: config.timings,
  });
  const draining = await listen(cleanup, server, config, () => Promise.all([eventStreams.stop(), sockets.stop()]));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    health.drain();
    draining.begin();
    await pause(config.drain.seconds * 1_000);
    await cleanup.run();
  };
  return { url: httpUrlOf(config.host, port), stop };
}

/** Listens, and stops listening at the cleanup, after `stopStreams`. Rejects when the port is taken (EADDRINUSE). */
async function listen(
  cleanup: Cleanup,
  server: Server,
  { port, host, drain }: Config,
  stopStreams: () => Promise<unknown>,
): Promise<Draining> {
  const draining = new Draining(server);
  server.listen(port, host);
  await once(server, "listening");
  cleanup.add(async () => {
    const closed = draining.end(drain.requestSeconds);
    await stopStreams();
    await closed;
  });
  return draining;
}

/** Starts the background jobs: email, cancellations, deadlines. */
export async function startJobs(config: Config, logger: Logger): Promise<Running> {
  return await startOrCleanUp((cleanup) => openJobs(cleanup, config, logger));
}

async function openJobs(cleanup: Cleanup, config: Config, logger: Logger): Promise<Running> {
  const tracing = startTracing(config.tracing, "worker");
  cleanup.add(() => tracing.stop());
  const context = await openServices(cleanup, config, logger, {
    observer: { waited: () => {}, Client: tracing.Client },
    lookUpsRefused: () => {}, // jobs look up no partners
    statementTimeout: jobStatementTimeout,
  });
  const mail = tracedMail(createMailTransport(config), tracing);
  cleanup.add(() => mail.close());
  const worker = await startWorker({ databaseUrl: config.databaseUrl, context, mail, tracing });
  cleanup.add(() => worker.stop());
  return { stop: () => cleanup.run() };
}
