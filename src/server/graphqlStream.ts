import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import { createHandler, type Response } from "graphql-sse";
import { getOperationAST, GraphQLError, type ExecutionResult, type GraphQLFormattedError } from "graphql";
import type { RequestContext } from "../resolvers/requestContext";
import { UnavailableError } from "../services/availability";
import type { Caller, Identify } from "./callers";
import { actAt } from "./actAt";
import { answerError, whenToTryAgain } from "./answers";
import type { Connections, GivenUp } from "./connections";
import { FeedAnswers, type Deliver } from "./feedAnswers";
import { inBatches } from "./inBatches";
import { paced } from "./paced";
import { passingCause } from "./passingErrors";
import { readJsonBody } from "./readBody";
import { refuse } from "./refuse";
import type { Route } from "./routes";
import type { ObservedOperation, OperationObserver } from "./operationObserver";
import type { Operations } from "./operations";
import { requestIdIn } from "./requestId";
import { createStreamOperations } from "./streamOperations";
import type { Turns } from "./fairTurns";

export interface GraphqlStreamOptions {
  readonly operations: Operations;
  readonly observer: OperationObserver;
  readonly connections: Connections;
  readonly identify: Identify;
  readonly turns: Turns;
  /** Milliseconds between two looks at the clock while a token is valid. */
  readonly clockCheck: number;
  contextOf(identity: Caller): Promise<RequestContext>;
}

type EventStream = AsyncGenerator<string, void, undefined>;

/** What belongs to one request, on the way through graphql-sse. */
interface StreamContext {
  readonly identity: Caller;
  readonly response: ServerResponse;
  readonly deliver: Deliver;
  readonly seen: ObservedOperation;
  /** Graphql-sse leaves it out of what it hands on. */
  documentId?: unknown;
  /** Subscribes, and goes on until the client leaves; otherwise one answer comes. */
  isFeed: boolean;
  /** What it has subscribed to. Graphql-sse ends only what has a `throw`, and then lets a `complete` follow. */
  answers?: FeedAnswers;
}

/**
 * GraphQL over server-sent events (`graphql-sse`, distinct connections), for those whose proxies drop WebSockets: the same
 * operations, cursors and limits. A comment every 12 seconds, which is graphql-sse's doing, keeps proxies from taking a quiet
 * stream for idle, and has the system find out about peers that are gone without a word. graphql-sse keeps what it is handed in a queue without an end, so events are written past
 * it, at the pace of the client.
 */
export function createGraphqlStream(options: GraphqlStreamOptions) {
  const { operations, observer, connections, identify, contextOf, turns, clockCheck } = options;
  const streamed = createStreamOperations(operations, contextOf, turns);
  /** What ends each. */
  const feeds = new Set<() => void>();
  let isDraining = false;
  const handler = createHandler<IncomingMessage, StreamContext, RequestContext>({
    schema: operations.schema,
    // No tokens of graphql-sse's own: each operation has its own connection.
    authenticate: () => null,
    validate: () => [], // done by `prepare`
    onSubscribe: async ({ context }, params) => {
      const prepared = await streamed.prepare(
        context.identity,
        { ...params, query: params.query, documentId: context.documentId },
        context.seen,
      );
      if (Array.isArray(prepared)) return refusal(prepared);
      context.isFeed = getOperationAST(prepared.document, prepared.operationName)?.operation === "subscription";
      return { ...prepared, deliver: context.deliver };
    },
    execute: streamed.execute,
    subscribe: streamed.subscribe,
    onOperation: (_context, { context }, _args, result) => {
      if (result instanceof FeedAnswers) context.answers = result;
    },
    onNext: (_context, { context }, { errors = [] }) => {
      if (context.isFeed && passingCause(errors) !== null) context.response.destroy();
    },
  });

  async function handle(request: IncomingMessage, response: ServerResponse, seen: ObservedOperation): Promise<void> {
    if (!(await isNext(request, response))) return;
    const identity = await identify(request.headers.authorization, request);
    seen.viewer = identity;
    if (response.destroyed) return; // it has left meanwhile, and its `close` is past
    const release = connections.admit(identity.email, identity.address);
    if (release === null) return seen.end([tooMany(response)]);
    response.once("close", release);
    const context: StreamContext = { identity, response, deliver: delivererTo(response), seen, isFeed: false };
    const asked: Record<string, unknown> = { ...((await readJsonBody(request, identity.payer)) as object) };
    context.documentId = asked["documentId"];
    if (operations.hasTrusted && context.documentId != null) asked["query"] ??= "";
    const [body, init] = await handler({
      method: request.method ?? "POST",
      url: request.url ?? "",
      // graphql-sse streams only to who accepts nothing else, and there is nothing else here.
      headers: { get: (name) => (name === "accept" ? "text/event-stream" : header(request, name)) },
      body: asked,
      raw: request,
      context,
    });
    response.writeHead(init.status, init.statusText, { ...init.headers, ...plain });
    if (body === null || typeof body === "string") {
      seen.end(init.status < 400 ? [] : [{ extensions: { code: "BAD_USER_INPUT" } }]);
      return void response.end(body);
    }
    await pour(body, context);
  }

  /** Keeps the stream going until one of the two ends, the token runs out, or the feed fails. */
  async function pour(
    events: EventStream,
    { response, identity, isFeed, answers, seen }: StreamContext,
  ): Promise<void> {
    const end = () => {
      void answers?.return();
      void events.return();
      response.end(); // at once: a `complete` that graphql-sse still has would keep the client from coming back
    };
    const giveUp = (because: GivenUp) => {
      seen.logger.info({ because }, "an event stream that is not read any more is closed");
      response.destroy();
    };
    const unwatch = response.socket && connections.watch(response.socket, { giveUp });
    const callOff = actAt(identity.expiresAt, end, clockCheck);
    response.once("close", end);
    if (response.destroyed || isDraining) end();
    if (isFeed) feeds.add(end);
    try {
      for await (const event of events) {
        if (!(await isWritten(response, event))) break;
      }
    } catch (error) {
      if (error instanceof GraphQLError && passingCause([error]) === null) void isWritten(response, lastWords(error));
      else response.destroy();
    } finally {
      callOff();
      unwatch?.();
      feeds.delete(end);
      end();
    }
  }

  const route: Route = {
    methods: ["POST"],
    path: "/graphql/stream",
    handle: async (request, response) => {
      const seen = observer.begin("event-stream", requestIdIn(response));
      try {
        if (isDraining) throw new UnavailableError("The process is shutting down");
        await handle(request, response, seen);
        seen.end();
      } catch (error) {
        if (response.headersSent) response.destroy();
        else seen.end([refuse(response, error, seen.logger)]);
      }
    },
  };
  return {
    route,
    /** Ends all subscriptions: clients come back to another node, and resume by cursor. */
    async stop() {
      isDraining = true;
      await inBatches([...feeds], (end) => end());
    },
  };
}

/** For caches, for browsers that guess what they are sent, and for nginx, which would gather events until a buffer of its own is full. */
const plain = { "cache-control": "no-store", "x-content-type-options": "nosniff", "x-accel-buffering": "no" };

/** Events of a subscription go to the client directly; graphql-sse has a queue for them that nothing bounds. */
function delivererTo(response: ServerResponse): Deliver {
  return paced({
    write(answer, written) {
      if (isOpen(response)) response.write(Buffer.concat([head, answer, tail]), written);
      else written();
    },
    isBackedUp: () => response.writableLength > 0 && isOpen(response),
  });
}

const head = Buffer.from("event: next\ndata: ");
const tail = Buffer.from("\n\n");

/** Tells of what ended a subscription for good; without `complete` the client would come back. */
function lastWords(error: GraphQLError): string {
  return `event: next\ndata: ${JSON.stringify({ errors: [error] })}\n\nevent: complete\ndata: null\n\n`;
}

/** What is wrong with an operation is told as its result. What passes is a status that stock clients try again after. */
function refusal(errors: readonly GraphQLError[]): Response | ExecutionResult {
  const cause = passingCause(errors);
  if (cause === null) return { data: null, errors }; // to graphql-sse, what has no data is no result
  const status = cause === "UNAUTHENTICATED" ? 401 : 503;
  const headers = { "content-type": "application/json; charset=utf-8", ...whenToTryAgain(errors) };
  return [JSON.stringify({ errors }), { status, statusText: STATUS_CODES[status] ?? "", headers }];
}

/**
 * Waits for those that were asked for before on the same connection. Until then the response would not hear that the connection has
 * ended, and keep its timer and its place among the person's connections. False: it has ended.
 */
function isNext(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (response.socket !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    response.once("socket", () => resolve(true));
    request.once("close", () => resolve(false));
  });
}

function header({ headers }: IncomingMessage, name: string): string | null {
  return [headers[name] ?? []].flat().join("\n") || null;
}

function isWritten(response: ServerResponse, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    if (isOpen(response)) response.write(text, (error) => resolve(!error));
    else resolve(false);
  });
}

/** Whether it may be written to. Its `writable` stays true on Node 20 when it has ended, and to write then is an error. */
function isOpen(response: ServerResponse): boolean {
  return !response.writableEnded && !response.destroyed;
}

function tooMany(response: ServerResponse): GraphQLFormattedError {
  const message = "You hold too many sockets and event streams: close one.";
  const error = { message, extensions: { code: "RATE_LIMITED", retryAfter: 60 } };
  answerError(response, 429, error);
  return error;
}
