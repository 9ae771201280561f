import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { once } from "node:events";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { getOperationAST, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import { CloseCode, handleProtocols, makeServer, type Server } from "graphql-ws";
import { WebSocketServer, type WebSocket } from "ws";
import type { Logger } from "../../logger";
import { codedError } from "../execution/codedError";
import { UnavailableError } from "../../services/unavailable";
import { rejectedPoints, RateLimitedError, requestPoints } from "../../services/rateLimits";
import type { IsAllowedOrigin } from "../auth/origins";
import type { Caller, Identify } from "../auth/authenticate";
import type { Connections, GivenUp } from "../subscriptions/connectionRegistry";
import { isCharged, rejectionOf, type OperationPipeline, type Outcome } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import type { TakeTurn } from "../overload/fairScheduler";
import type { Deliver } from "../subscriptions/subscriptionResponses";
import { rejectUpgrade } from "../http/rejectUpgrade";
import { inBatches } from "../subscriptions/gracefulClose";
import type { OperationObserver } from "../observability/operationObserver";
import { requestIdOf } from "../http/requestId";
import { speakGraphql } from "./protocolAdapter";
import { signIn } from "./connectionInit";
import { respondToEvents } from "../subscriptions/subscriptionOperations";
import { handshakeError } from "./handshake";
import { closeToResume, delivererTo } from "./socketMessages";
import { tryAgain } from "../subscriptions/retryLater";

export interface GraphqlSocketOptions {
  readonly pipeline: OperationPipeline;
  readonly logger: Logger;
  readonly observer: OperationObserver;
  readonly isAllowedOrigin: IsAllowedOrigin;
  readonly connections: Connections;
  readonly identify: Identify;
  /** Milliseconds between two looks at the clock while a token is valid. */
  readonly clockCheck: number;
  /** Milliseconds until a socket without `connection_init` is closed. */
  readonly initTimeout: number;
  /** Milliseconds until an address without points for sockets gets its 429, or up to twice as many. */
  readonly refusalDelay: number;
  readonly takeTurn: TakeTurn;
  /** Takes points from the budget for sockets of the address that a request comes from. Throws RateLimitedError. */
  charge(request: IncomingMessage, points: number): Promise<void>;
  /** The same for what is refused. */
  chargeRefused(request: IncomingMessage, points: number): Promise<void>;
}

export interface GraphqlSocket {
  /** Takes over a connection whose request is an upgrade to a WebSocket at `/graphql`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes all sockets with 1001, when what they asked for is answered: stock clients reconnect to another node. */
  stop(): Promise<void>;
}

/** Bytes of one message from a client. */
const maxMessageBytes = 64 * 1024;
const maxFragments = 16;
/** Points that an address pays for a socket that had to be cut off. After two of those it gets no more for a while. */
const cutOffPoints = 200_000;
const maxOperationsPerSocket = 50;
/** Characters of the id that a client gives an operation. */
const maxIdLength = 128;
/** Milliseconds that operations in hand are given when the process stops, and then clients to answer the closing. */
const drainTime = 10_000;
const closingTime = 2_000;
/** `ws` gives up on who does not answer a closing. Its types don't know the option. */
const closing = { closeTimeout: closingTime };

/** What is known of a socket. */
interface SocketState {
  readonly client: WebSocket;
  /** What asked for it. */
  readonly request: IncomingMessage;
  /** The connection under it. */
  readonly socket: Socket;
  readonly requestId: string;
  identity: Caller | null;
  /** How many operations it has begun. */
  operations: number;
  /** What is being prepared or executed, by the operation's id. */
  readonly inHand: Map<string, Promise<unknown>>;
  /** Charges its address for a peer that did not keep to the protocol. */
  wasRefused(): void;
}

/** The operation of a socket that work belongs to. */
interface SocketOperation extends Pick<SocketState, "inHand"> {
  readonly id: string;
}

/** What graphql-ws hands from `onSubscribe` to `execute` or `subscribe`: an operation that has run, or a subscription that has begun. */
interface SocketArgs extends ExecutionArgs, SocketOperation {
  readonly outcome: Extract<Outcome, { kind: "result" | "subscription" }>;
  readonly deliver: Deliver;
}

/** GraphQL over WebSocket (`graphql-transport-ws`): the same schema, rules and masking as over HTTP. */
export function createGraphqlSocket(options: GraphqlSocketOptions): GraphqlSocket {
  const { logger, isAllowedOrigin, connections, takeTurn, charge, chargeRefused, refusalDelay } = options;
  const graphql = speaker(options);
  const open = new Set<SocketState>();
  let isDraining = false;
  const server = new WebSocketServer({
    ...closing,
    noServer: true,
    maxPayload: maxMessageBytes,
    maxFragments,
    perMessageDeflate: false,
    handleProtocols,
  });

  const requestIds = new WeakMap<IncomingMessage, string>();
  server.on("headers", (headers, request) => headers.push(`X-Request-Id: ${requestIds.get(request)}`));

  function accept(client: WebSocket, request: IncomingMessage): void {
    const { socket } = request;
    const requestId = requestIds.get(request) ?? "";
    const wasRefused = () => void chargeRefused(request, rejectedPoints).catch(ignore);
    const peer = { client, request, socket, requestId, wasRefused };
    const state: SocketState = { ...peer, identity: null, operations: 0, inHand: new Map() };
    const ping = () => client.readyState === client.OPEN && client.ping();
    const unwatch = connections.watch(socket, { ping, giveUp: (because) => giveUp(state, because, logger) });
    open.add(state);
    client.once("close", () => {
      unwatch();
      open.delete(state);
    });
    speakGraphql(graphql, {
      client,
      socket,
      extra: state,
      isDeaf: () => isDraining,
      isKnown: () => state.identity !== null,
      takeTurn: () => takeTurn(request),
      wasRefused,
      wasCutOff: () => void chargeRefused(request, cutOffPoints).catch(ignore),
      logger,
    });
  }

  async function welcome(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    await takeTurn(request, () => socket.destroyed);
    if (socket.destroyed) return;
    try {
      if (isDraining) throw new UnavailableError("The process is shutting down");
      await charge(request, requestPoints);
    } catch (error) {
      if (error instanceof RateLimitedError) {
        await pause(refusalDelay * (1 + Math.random()), undefined, { ref: false });
        await takeTurn(request, () => socket.destroyed);
      }
      return reject(request, socket, error);
    }
    requestIds.set(request, requestIdOf(request));
    server.handleUpgrade(request, socket, head, (client) => accept(client, request));
  }

  /** Rejects an upgrade. One that is the client's fault costs its address more. */
  function reject(request: IncomingMessage, socket: Duplex, error: unknown): void {
    const rejection = rejectionOf(error, { logger });
    if (isCharged(rejection.status)) void chargeRefused(request, rejectedPoints).catch(ignore);
    rejectUpgrade(socket, rejection);
  }
  server.on("wsClientError", (_error, socket, request) => reject(request, socket, handshakeError(request)));

  return {
    upgrade(request, socket, head) {
      const { origin } = request.headers; // a browser names its page's; other clients name none
      if (origin !== undefined && !isAllowedOrigin(origin)) {
        return reject(request, socket, new RequestError("FORBIDDEN", "Pages of this origin may not open sockets."));
      }
      void welcome(request, socket, head).catch((error: unknown) => reject(request, socket, error));
    },
    async stop() {
      isDraining = true;
      const closings: Promise<void>[] = [];
      await inBatches([...open], (state) => closings.push(closeWhenAnswered(state)));
      await Promise.all(closings);
      const closed = once(server, "close");
      server.close();
      const late = setTimeout(() => server.clients.forEach((client) => client.terminate()), closingTime);
      await closed;
      clearTimeout(late);
    },
  };
}

/** What is charged too much is met by whatever comes next. */
function ignore(): void {}

/** The callbacks of graphql-ws. */
function speaker(options: GraphqlSocketOptions): Server<SocketState> {
  const { pipeline } = options;
  return makeServer<Record<string, unknown>, SocketState>({
    connectionInitWaitTimeout: options.initTimeout,
    onConnect: async ({ connectionParams, extra }) => {
      extra.identity = await signIn(extra.client, connectionParams, extra.request, options);
      return extra.identity !== null;
    },
    onSubscribe: async ({ extra, subscriptions }, id, payload) => {
      const { identity, client, socket, requestId, inHand } = extra;
      if (identity === null) throw new Error("A socket that subscribes has signed in");
      extra.operations += 1;
      const observed = options.observer.begin("websocket", `${requestId}/${extra.operations}`);
      // An operation that the client has ended may still be in hand.
      const count = Math.max(Object.keys(subscriptions).length, inHand.size + 1);
      const problem = problemWithId(id, extra) ?? (count > maxOperationsPerSocket ? tooMany() : null);
      if (problem !== null) {
        observed.viewer = identity;
        observed.end([problem]);
        return [problem];
      }
      const hasLeft = () => client.readyState !== client.OPEN;
      const outcome = await keep({ inHand, id }, pipeline.run({ read: () => payload, hasLeft, observed }, identity));
      if (outcome.kind === "rejected") return outcome.errors;
      if (outcome.kind === "abandoned") return [codedError("BAD_USER_INPUT", "The socket was closed.")];
      const { document, definition } = outcome.operation;
      const operationName = definition.name?.value;
      const deliver = delivererTo(client, socket, id);
      return { schema: pipeline.schema, document, operationName, inHand, id, outcome, deliver } satisfies SocketArgs;
    },
    execute: (args) => keep(args as SocketArgs, Promise.resolve(resultOf(args as SocketArgs))),
    subscribe(args) {
      const { outcome, deliver } = args as SocketArgs;
      return outcome.kind === "subscription" ? respondToEvents(pipeline, outcome, deliver) : outcome.result;
    },
    onNext({ extra }, _id, _payload, { document, operationName }, { errors }) {
      if (errors === undefined) return;
      const operation = getOperationAST(document, operationName)?.operation;
      if (operation === "subscription") closeToResume(extra.client, errors);
    },
    onError({ extra }, _id, _payload, errors) {
      closeToResume(extra.client, errors);
    },
  });
}

function resultOf({ outcome }: SocketArgs): ExecutionResult {
  if (outcome.kind === "subscription") throw new Error("A subscription is not executed as a whole");
  return outcome.result;
}

/** Keeps work in hand for as long as it lasts, and until graphql-ws has done with what it gave. */
function keep<Result>({ inHand, id }: SocketOperation, work: Promise<Result>): Promise<Result> {
  inHand.set(id, work);
  const done = () => process.nextTick(() => inHand.get(id) === work && inHand.delete(id));
  work.then(done, done);
  return work;
}

/** Closes a socket once what it has asked for is answered. */
async function closeWhenAnswered({ client, inHand }: SocketState): Promise<void> {
  const late = inHand.size > 0 ? pause(drainTime, "late", { ref: false }) : null;
  while (inHand.size > 0 && (await Promise.race([Promise.allSettled(inHand.values()), late])) !== "late")
    await nextTurn();
  client.close(1001, `Going away: ${tryAgain()}`);
}

/** The peer has stopped reading or answering and is let go of. The reason reaches only who has read all that came before it. */
function giveUp({ client, requestId }: SocketState, because: GivenUp, logger: Logger): void {
  logger.info({ requestId, because }, "a socket that is not read any more is closed");
  client.close(1013, "SLOW_CONSUMER");
  client.terminate();
}

/**
 * What is wrong with an operation's id, which closes the socket. graphql-ws forgets an id once the client has ended its
 * operation; taken again while that one is in hand, it would stand for both, and only one of them would ever end.
 */
function problemWithId(id: string, state: SocketState): GraphQLError | null {
  if (id.length > maxIdLength) {
    return closeOver(state, CloseCode.BadRequest, `An operation's id has at most ${maxIdLength} characters`);
  }
  if (!state.inHand.has(id)) return null;
  return closeOver(state, CloseCode.SubscriberAlreadyExists, "Subscriber for this id already exists");
}

function closeOver({ client, wasRefused }: SocketState, code: CloseCode, reason: string): GraphQLError {
  wasRefused();
  client.close(code, reason);
  return codedError("BAD_USER_INPUT", reason);
}

function tooMany(): GraphQLError {
  const message = `A socket carries at most ${maxOperationsPerSocket} operations at once: end one, or open another socket.`;
  return codedError("BAD_USER_INPUT", message);
}
