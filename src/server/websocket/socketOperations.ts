import { getOperationAST, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import { CloseCode, makeServer, type Server, type SubscribePayload } from "graphql-ws";
import { codedError } from "../execution/codedError";
import type { OperationPipeline, Outcome } from "../execution/operationPipeline";
import type { OperationObserver } from "../observability/operationObserver";
import { retryableCode } from "../subscriptions/retryableErrors";
import { respondToEvents } from "../subscriptions/subscriptionOperations";
import type { ClientSocket } from "./clientSocket";
import { closeForRetry } from "./closings";
import { authenticateSocket, type ConnectionInitOptions } from "./connectionInit";
import { socketWriter } from "./socketWriter";

export interface SocketOperationsOptions extends ConnectionInitOptions {
  readonly pipeline: OperationPipeline;
  readonly observer: OperationObserver;
  /** Milliseconds until a socket without `connection_init` is closed. */
  readonly initTimeout: number;
}

const maxOperationsPerSocket = 50;
/** Characters. */
const maxOperationIdLength = 128;

/** Arguments that graphql-ws passes from `onSubscribe` to `execute` or `subscribe`. */
interface SocketArgs extends ExecutionArgs {
  readonly socket: ClientSocket;
  readonly operationId: string;
  /** An executed operation, or a subscription that has begun. */
  readonly outcome: Extract<Outcome, { kind: "result" | "subscription" }>;
}

/** Creates the graphql-ws server that authenticates clients and runs their operations through the pipeline. */
export function createSocketServer(options: SocketOperationsOptions): Server<ClientSocket> {
  const { pipeline } = options;
  return makeServer<Record<string, unknown>, ClientSocket>({
    connectionInitWaitTimeout: options.initTimeout,
    async onConnect({ connectionParams, extra: socket }) {
      socket.caller = await authenticateSocket(socket, connectionParams, options);
      return socket.caller !== null;
    },
    onSubscribe: ({ extra: socket, subscriptions }, id, payload) =>
      runOperation({ socket, id, payload, subscriptionCount: Object.keys(subscriptions).length }, options),
    execute(args) {
      const { socket, operationId, outcome } = args as SocketArgs;
      return socket.track(operationId, Promise.resolve(resultOf(outcome)));
    },
    subscribe(args) {
      const { socket, operationId, outcome } = args as SocketArgs;
      if (outcome.kind === "result") return outcome.result;
      return respondToEvents(pipeline, outcome, socketWriter(socket.client, socket.socket, operationId));
    },
    onNext({ extra: socket }, _id, _payload, { document, operationName }, { errors }) {
      const isSubscription = () => getOperationAST(document, operationName)?.operation === "subscription";
      if (errors !== undefined && isSubscription()) closeIfRetryable(socket, errors);
    },
    onError: ({ extra: socket }, _id, _payload, errors) => closeIfRetryable(socket, errors),
  });
}

interface SubscribeMessage {
  readonly socket: ClientSocket;
  readonly id: string;
  readonly payload: SubscribePayload;
  /** Operations of the socket that graphql-ws knows, with this one. */
  readonly subscriptionCount: number;
}

async function runOperation(
  message: SubscribeMessage,
  { pipeline, observer }: SocketOperationsOptions,
): Promise<SocketArgs | readonly GraphQLError[]> {
  const { socket, id, payload } = message;
  if (socket.caller === null) throw new Error("A socket that subscribes has signed in");
  const observed = observer.begin("websocket", socket.nextRequestId());
  const error = limitError(message);
  if (error !== null) {
    observed.viewer = socket.caller;
    observed.end([error]);
    return [error];
  }
  const request = { read: () => payload, hasLeft: () => !socket.isOpen, observed };
  const outcome = await socket.track(id, pipeline.run(request, socket.caller));
  if (outcome.kind === "rejected") return outcome.errors;
  if (outcome.kind === "abandoned") return [codedError("BAD_USER_INPUT", "The socket was closed.")];
  const { document, definition } = outcome.operation;
  const operationName = definition.name?.value;
  return { schema: pipeline.schema, document, operationName, socket, operationId: id, outcome };
}

/**
 * The error of an operation that the socket may not start, or null. An invalid id closes the socket. graphql-ws frees
 * an id when the client ends its operation, which may still be in progress: used again, the id would stand for two
 * operations.
 */
function limitError({ socket, id, subscriptionCount }: SubscribeMessage): GraphQLError | null {
  if (id.length > maxOperationIdLength) {
    const reason = `An operation's id has at most ${maxOperationIdLength} characters`;
    socket.closeForViolation(CloseCode.BadRequest, reason);
    return codedError("BAD_USER_INPUT", reason);
  }
  if (socket.isInProgress(id)) {
    const reason = "Subscriber for this id already exists";
    socket.closeForViolation(CloseCode.SubscriberAlreadyExists, reason);
    return codedError("BAD_USER_INPUT", reason);
  }
  if (Math.max(subscriptionCount, socket.inProgressCount + 1) <= maxOperationsPerSocket) return null;
  const limit = `A socket carries at most ${maxOperationsPerSocket} operations at once.`;
  return codedError("BAD_USER_INPUT", `${limit} End one, or open another socket.`);
}

function resultOf(outcome: SocketArgs["outcome"]): ExecutionResult {
  if (outcome.kind === "subscription") throw new Error("A subscription is not executed as a whole");
  return outcome.result;
}

function closeIfRetryable({ client }: ClientSocket, errors: Parameters<typeof retryableCode>[0]): void {
  const code = retryableCode(errors);
  if (code !== null) closeForRetry(client, code);
}
