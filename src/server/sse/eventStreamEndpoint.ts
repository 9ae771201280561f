import type { IncomingMessage, ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import Negotiator from "negotiator";
import { UnavailableError } from "../../services/unavailable";
import { RateLimitedError } from "../../services/rateLimits";
import { actAt } from "../subscriptions/runAtInstant";
import type { Caller, Identify } from "../auth/authenticate";
import type { Connections, GivenUp } from "../subscriptions/connectionRegistry";
import type { OperationPipeline, Outcome, Subscription } from "../execution/operationPipeline";
import { RequestError } from "../execution/operationRequest";
import type { Deliver } from "../subscriptions/subscriptionResponses";
import type { ErrorResponses } from "../http/errorResponses";
import { readJsonBody } from "../http/requestBody";
import { inBatches } from "../subscriptions/gracefulClose";
import type { ObservedOperation, OperationObserver } from "../observability/operationObserver";
import { paced } from "../subscriptions/backpressure";
import { passingCause } from "../subscriptions/retryableErrors";
import { requestIdIn } from "../http/requestId";
import type { Route } from "../http/route";
import { respondToEvents } from "../subscriptions/subscriptionOperations";

export interface EventStreamOptions {
  readonly pipeline: OperationPipeline;
  readonly observer: OperationObserver;
  readonly connections: Connections;
  readonly errorResponses: ErrorResponses;
  readonly identify: Identify;
  /** Milliseconds between two looks at the clock while a token is valid. */
  readonly clockCheck: number;
}

/** Milliseconds between comments on a stream: proxies keep it open, and the system notices when the peer is gone. */
const pingInterval = 12_000;
/** Seconds after which a person with too many streams may try again. */
const retryAfter = 60;
const mediaType = "text/event-stream";
const streamHeaders = {
  "content-type": `${mediaType}; charset=utf-8`,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-accel-buffering": "no", // nginx would gather events until a buffer of its own is full
};

/** One stream, and what belongs to it. */
interface Stream {
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly observed: ObservedOperation;
}

/**
 * GraphQL over server-sent events (the distinct connections mode of `graphql-sse`), for clients whose proxies drop WebSockets: the
 * same operations, cursors and limits. Each operation has its own connection. Rejected operations are reported in the stream, as its
 * result; what a stock client tries again after is an HTTP status, and so is a malformed request.
 */
export class EventStreamEndpoint implements Route {
  readonly methods = ["POST"];
  readonly path = "/graphql/stream";
  readonly #options: EventStreamOptions;
  /** The functions that end each subscription. */
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

  /** Ends all subscriptions: clients come back to another node, and resume by cursor. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    await inBatches([...this.#open], (end) => end());
  }

  async #serve(request: IncomingMessage, response: ServerResponse, observed: ObservedOperation): Promise<void> {
    const { identify, connections, pipeline } = this.#options;
    if (!(await isNext(request, response))) return;
    const caller = await identify(request.headers.authorization, request);
    observed.viewer = caller;
    if (response.destroyed) return; // it has left meanwhile, and its `close` is past
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
        return writeOnce(response, outcome.result);
      case "rejected": {
        const { errors, isMalformed } = outcome;
        if (!isMalformed && passingCause(errors) === null) return writeOnce(response, { errors });
        return await this.#options.errorResponses.sendRejection(response, outcome);
      }
      case "abandoned":
        return void response.destroy();
      default:
        return outcome satisfies never;
    }
  }

  /** Keeps the stream open until one of the two ends it, the token expires or the feed fails. */
  async #streamEvents(subscription: Subscription, { response, caller, observed }: Stream): Promise<void> {
    const answers = respondToEvents(this.#options.pipeline, subscription, delivererTo(response));
    const end = () => {
      void answers.return();
      response.end(); // without a `complete`, so that the client comes back
    };
    const giveUp = (because: GivenUp) => {
      observed.logger.info({ because }, "an event stream that is not read any more is closed");
      response.destroy();
    };
    const unwatch = response.socket && this.#options.connections.watch(response.socket, { giveUp });
    const callOff = actAt(caller.expiresAt, end, this.#options.clockCheck);
    response.once("close", end);
    response.writeHead(200, streamHeaders);
    response.write(comment); // some browsers do not take the headers alone for a beginning
    const pinging = setInterval(() => isOpen(response) && response.write(comment), pingInterval);
    this.#open.add(end);
    if (response.destroyed || this.#isDraining) end();
    try {
      await answers.next();
      if (isOpen(response)) response.write(complete);
    } catch (error) {
      reportEnd(response, error as GraphQLFormattedError);
    } finally {
      clearInterval(pinging);
      callOff();
      unwatch?.();
      this.#open.delete(end);
      end();
    }
  }
}

const comment = ":\n\n";
const complete = "event: complete\ndata:\n\n";
const eventHead = Buffer.from("event: next\ndata: ");
const eventTail = Buffer.from("\n\n");
const nextOf = (result: unknown) => `event: next\ndata: ${JSON.stringify(result)}\n\n`;

function verifyAccept({ headers: { accept } }: IncomingMessage): void {
  if (!accept || new Negotiator({ headers: { accept } }).mediaType([mediaType]) !== undefined) return;
  throw new RequestError("NOT_ACCEPTABLE", `Nothing was run: the response is a stream. Send accept: ${mediaType}`);
}

/** Writes the one result of an operation, and completes it. */
function writeOnce(response: ServerResponse, result: unknown): void {
  response.writeHead(200, streamHeaders).end(`${comment}${nextOf(result)}${complete}`);
}

/** Reports what ended a subscription. After an error that passes, the connection ends without a word, and the client comes back. */
function reportEnd(response: ServerResponse, error: GraphQLFormattedError): void {
  if (passingCause([error]) !== null) response.destroy();
  else if (isOpen(response)) response.write(`${nextOf({ errors: [error] })}${complete}`);
}

/** Writes events to the client, at its pace. */
function delivererTo(response: ServerResponse): Deliver {
  return paced({
    write(answer, written) {
      if (isOpen(response)) response.write(Buffer.concat([eventHead, answer, eventTail]), written);
      else written();
    },
    isBackedUp: () => response.writableLength > 0 && isOpen(response),
  });
}

/**
 * Waits for the earlier requests of the same connection. Until then the response would not hear that the connection has ended, and
 * would keep its timer and its place among the person's connections. False: the connection has ended.
 */
function isNext(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (response.socket !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    response.once("socket", () => resolve(true));
    request.once("close", () => resolve(false));
  });
}

/** Whether it may be written to. Its `writable` stays true on Node 20 when it has ended, and to write then is an error. */
function isOpen(response: ServerResponse): boolean {
  return !response.writableEnded && !response.destroyed;
}
