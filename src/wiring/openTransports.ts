import type { IncomingMessage } from "node:http";
import type { JSONWebKeySet } from "jose";
import type { Cleanup } from "../cleanup";
import type { Config } from "../config";
import { createSchema } from "../resolvers/createSchema";
import { createAccessTokens } from "../server/auth/accessTokens";
import { createAuthenticate } from "../server/auth/authenticate";
import { clientAddress } from "../server/auth/clientAddress";
import { createIssuerCheck } from "../server/auth/issuerCheck";
import { createOriginCheck } from "../server/auth/origins";
import { createApolloServer } from "../server/execution/apolloServer";
import { OperationCache } from "../server/execution/operationCache";
import { OperationPipeline } from "../server/execution/operationPipeline";
import { readTrustedDocuments } from "../server/execution/trustedDocuments";
import { ErrorResponses } from "../server/http/errorResponses";
import { FormDownload } from "../server/http/formDownload";
import { GraphqlEndpoint } from "../server/http/graphqlEndpoint";
import type { Metrics } from "../server/observability/metrics";
import { OperationObserver } from "../server/observability/operationObserver";
import { createPseudonymize } from "../server/observability/pseudonyms";
import { FairScheduler, type WaitForSlot } from "../server/overload/fairScheduler";
import { EventStreamEndpoint } from "../server/sse/eventStreamEndpoint";
import { ConnectionRegistry } from "../server/subscriptions/connectionRegistry";
import { WebSocketEndpoint } from "../server/websocket/webSocketEndpoint";
import type { Tracing } from "../tracing/tracing";
import type { Contexts } from "./openContexts";
import type { Services } from "./openServices";

export interface TransportOptions {
  readonly config: Config;
  readonly services: Services;
  readonly contexts: Contexts;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** The keys of an issuer in this process. The configured issuer's if absent. */
  readonly jwks: JSONWebKeySet | undefined;
  /** Whether pages of any loopback origin may call. */
  readonly allowsLoopback: boolean;
}

/** The endpoints of all transports, with the parts that they share. */
export type Transports = Awaited<ReturnType<typeof openTransports>>;

/** Opens the pipeline and the endpoints: GraphQL over HTTP, WebSocket and event streams, and the download of forms. */
export async function openTransports(cleanup: Cleanup, options: TransportOptions) {
  const { config, services, contexts, metrics, tracing } = options;
  const { limits, logger } = services;
  const { timings, trustedProxies } = config;
  const pseudonymize = createPseudonymize(config.formUrlSecret);
  const observer = new OperationObserver({ logger, metrics, pseudonymize, tracing });
  const tokens = createAccessTokens(config.auth, options.jwks);
  const authenticate = createAuthenticate({ tokens, limits, trustedProxies, logger });
  const addressOf = (request: IncomingMessage) => clientAddress(request, trustedProxies);
  const scheduler = new FairScheduler();
  const schedule: WaitForSlot = (request, hasLeft) => scheduler.wait(addressOf(request), hasLeft);
  const pipeline = await openPipeline(cleanup, options, scheduler);
  const errorResponses = new ErrorResponses(schedule);
  const isAllowedOrigin = createOriginCheck({ ...config, allowsLoopback: options.allowsLoopback, logger });
  const connections = new ConnectionRegistry({ maxPerAddress: config.connectionsPerAddress });
  cleanup.add(() => connections.stop());
  const { clockCheck, connectionInit: initTimeout, socketRefusal: rejectionDelay } = timings;
  const streaming = { pipeline, logger, observer, connections, errorResponses, authenticate, clockCheck };
  const charge = (request: IncomingMessage, points: number) => limits.spendAt(addressOf(request), points, "sockets");
  const links = contexts.formLinks;
  return {
    http: new GraphqlEndpoint({ pipeline, observer, errorResponses, authenticate }),
    eventStreams: new EventStreamEndpoint(streaming),
    sockets: new WebSocketEndpoint({ ...streaming, initTimeout, rejectionDelay, isAllowedOrigin, schedule, charge }),
    forms: new FormDownload({ ...contexts, links, limits, addressOf, observer, errorResponses }),
    isIssuerReady: createIssuerCheck(tokens),
    isAllowedOrigin,
    addressOf,
    scheduler,
    connections,
    errorResponses,
  };
}

/** Opens the one pipeline of operations, with Apollo Server in it. */
async function openPipeline(
  cleanup: Cleanup,
  { config, services, contexts }: TransportOptions,
  scheduler: FairScheduler,
): Promise<OperationPipeline> {
  const schema = createSchema();
  const trusted = readTrustedDocuments(config.trustedDocuments, schema);
  const operations = new OperationCache(schema);
  const apollo = createApolloServer(operations, services.logger);
  await apollo.start();
  cleanup.add(() => apollo.stop());
  return new OperationPipeline({ operations, apollo, trusted, scheduler, contextOf: contexts.contextOf });
}
