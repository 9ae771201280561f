import type { IncomingMessage, ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import Negotiator from "negotiator";
import { UnavailableError } from "../../services/unavailable";
import { RateLimitedError } from "../../services/rateLimits";
import type { Authenticate, Caller } from "../auth/authenticate";
import type { OperationPipeline, Outcome, Subscription } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import type { ErrorResponses } from "../http/errorResponses";
import { readJsonBody } from "../http/requestBody";
import { requestIdIn } from "../http/requestId";
import type { Route } from "../http/route";
import type { ObservedOperation, OperationObserver } from "../observability/operationObserver";
import type { ConnectionRegistry, DropReason } from "../subscriptions/connectionRegistry";
import { closeInBatches } from "../subscriptions/gracefulClose";
import { retryableCode } from "../subscriptions/retryableErrors";
import { runAtInstant } from "../subscriptions/runAtInstant";
import { respondToEvents } from "../subscriptions/subscriptionOperations";
import type { ResponseWriter } from "../subscriptions/subscriptionResponses";

export interface EventStreamOptions {
  readonly pipeline: OperationPipeline;
  readonly observer: OperationObserver;
  readonly connections: ConnectionRegistry;
  readonly errorResponses: ErrorResponses;
  readonly authenticate: Authenticate;
  /** Milliseconds between two checks of the clock while a token is valid. */
  readonly clockCheck: number;
}

/** Milliseconds between comments on a stream: they keep proxies from closing it, and show when the client is gone. */
const heartbeatInterval = 12_000;
/** Seconds after which a person with too many streams may try again. */
const retryAfter = 60;
const mediaType = "text/event-stream";
const streamHeaders = {
  "content-type": `${mediaType}; charset=utf-8`,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-accel-buffering": "no", // or nginx buffers events
};
const heartbeat = ":\n\n";
const completeEvent = "event: complete\ndata:\n\n";
const nextEventStart = Buffer.from("event: next\ndata: ");
const eventEnd = Buffer.from("\n\n");

/** One stream with its caller. */
interface Stream {
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly observed: ObservedOperation;
}

/**
 * GraphQL over server-sent events (`graphql-sse`, distinct connections mode), for clients whose proxies drop
 * WebSockets. It has the same operations, cursors and limits.
 *
 * A rejected operation is the result in the stream. Malformed requests and retryable errors get an HTTP status,
 * because stock clients retry only after one.
 */
export class EventStreamEndpoint implements Route {
  readonly methods = ["POST"];
  readonly path = "/graphql/stream";
  readonly #options: EventStreamOptions;
  /** The functions that end each open subscription. */
  readonly #open = new Set<() => void>();
  #isDraining = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  readonly handle: Route["handle"] = async (request, response) => {
    const observed = this.#options.observer.begin("event-stream", requestIdIn(response));
    try {
      if (this.#isDraining) throw new UnavailableError("The process is shutting down");
      await this.#serve(request, response, observed);
      observed.end();
    } catch (error) {
      if (response.headersSent) response.destroy();
      else observed.end(await this.#options.errorResponses.send(response, error, observed.logger));
    }
  };

  /** Ends all subscriptions. Clients reconnect, to another node, and resume by cursor. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    await closeInBatches([...this.#open], (end) => end());
  }

  async #serve(request: IncomingMessage, response: ServerResponse, observed: ObservedOperation): Promise<void> {
    const { authenticate, connections, pipeline } = this.#options;
    if (!(await ownsConnection(request, response))) return;
    const caller = await authenticate(request.headers.authorization, request);
    observed.viewer = caller;
    if (response.destroyed) return; // its `close` event is past
    const release = connections.admit(caller.email, caller.address);
    if (release === null) {
      throw new RateLimitedError("You hold too many sockets and event streams. Close one.", retryAfter);
    }
    response.once("close", release);
    const read = () => {
      verifyAccept(request);
      return readJsonBody(request);
    };
    const outcome = await pipeline.run({ read, hasLeft: () => response.destroyed, observed }, caller);
    await this.#respond(outcome, { response, caller, observed });
  }

  async #respond(outcome: Outcome, stream: Stream): Promise<void> {
    const { response } = stream;
    switch (outcome.kind) {
      case "subscription":
        return await this.#streamEvents(outcome, stream);
      case "result":
        return writeResult(response, outcome.result);
      case "rejected": {
        const { errors, isMalformed } = outcome;
        if (!isMalformed && retryableCode(errors) === null) return writeResult(response, { errors });
        return await this.#options.errorResponses.sendRejection(response, outcome);
      }
      case "abandoned":
        return void response.destroy();
      default:
        return outcome satisfies never;
    }
  }

  /** Keeps the stream open until the client or the server ends it, the token expires or the feed fails. */
  async #streamEvents(subscription: Subscription, { response, caller, observed }: Stream): Promise<void> {
    const { pipeline, connections, clockCheck } = this.#options;
    const responses = respondToEvents(pipeline, subscription, streamWriter(response));
    const end = () => {
      void responses.return();
      response.end(); // without a `complete` event, so that the client reconnects
    };
    const drop = (reason: DropReason) => {
      observed.logger.info({ reason }, "an unresponsive event stream was closed");
      response.destroy();
    };
    const endChecks = response.socket && connections.monitor(response.socket, { drop });
    const cancelExpiry = runAtInstant(caller.expiresAt, end, clockCheck);
    response.once("close", end);
    response.writeHead(200, streamHeaders);
    response.write(heartbeat); // some browsers need more than headers to open a stream
    const heartbeats = setInterval(() => isOpen(response) && response.write(heartbeat), heartbeatInterval);
    this.#open.add(end);
    if (response.destroyed || this.#isDraining) end();
    try {
      await responses.next();
      if (isOpen(response)) response.write(completeEvent);
    } catch (error) {
      writeFailure(response, error as GraphQLFormattedError);
    } finally {
      clearInterval(heartbeats);
      cancelExpiry();
      endChecks?.();
      this.#open.delete(end);
      end();
    }
  }
}

function verifyAccept({ headers: { accept } }: IncomingMessage): void {
  if (!accept || new Negotiator({ headers: { accept } }).mediaType([mediaType]) !== undefined) return;
  throw new RequestError("NOT_ACCEPTABLE", `Nothing was run: the response is a stream. Send accept: ${mediaType}`);
}

function nextEvent(result: unknown): string {
  return `event: next\ndata: ${JSON.stringify(result)}\n\n`;
}

/** Writes the only result of an operation. */
function writeResult(response: ServerResponse, result: unknown): void {
  response.writeHead(200, streamHeaders).end(`${heartbeat}${nextEvent(result)}${completeEvent}`);
}

/**
 * Writes the error that ended a subscription. A retryable one just ends the connection, so that the client
 * reconnects.
 */
function writeFailure(response: ServerResponse, error: GraphQLFormattedError): void {
  if (retryableCode([error]) !== null) response.destroy();
  else if (isOpen(response)) response.write(`${nextEvent({ errors: [error] })}${completeEvent}`);
}

function streamWriter(response: ServerResponse): ResponseWriter {
  return {
    write(bytes, done) {
      if (isOpen(response)) response.write(Buffer.concat([nextEventStart, bytes, eventEnd]), done);
      else done();
    },
    isBackedUp: () => response.writableLength > 0 && isOpen(response),
  };
}

/**
 * Waits for the earlier requests of the connection. Before that a response gets no `close` event, and its timers and
 * its connection count would leak. Returns false when the connection has ended.
 */
function ownsConnection(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (response.socket !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    response.once("socket", () => resolve(true));
    request.once("close", () => resolve(false));
  });
}

/** Whether a write is allowed. `writable` does not say it: on Node 20 it stays true when the response has ended. */
function isOpen(response: ServerResponse): boolean {
  return !response.writableEnded && !response.destroyed;
}
