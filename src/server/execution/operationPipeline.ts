import type { ApolloServer } from "@apollo/server";
import { createSourceEventStream, type ExecutionResult, type GraphQLSchema } from "graphql";
import { errorCodeOf, errorCodes } from "../../domain/errorCodes";
import type { RequestContext } from "../../resolvers/requestContext";
import { checkCost, checkVariables } from "./validation";
import type { Feed } from "../../services/feed/subscriber";
import type { Paid } from "../../services/rateLimits";
import type { Caller } from "../auth/authenticate";
import type { FairScheduler } from "../overload/fairScheduler";
import type { ObservedOperation } from "../observability/operationObserver";
import type { ApolloContext } from "./apolloServer";
import { coerceVariables, type CoercedVariables } from "./coerceVariables";
import { MaskedError, maskError } from "./maskError";
import {
  BodyLostError,
  OperationError,
  paramsOf,
  RequestError,
  type OperationParams,
  type Variables,
} from "./operationRequest";
import type { OperationCache, Operation } from "./operationCache";
import { requestedDocument, type TrustedDocuments } from "./trustedDocuments";

/** An operation whose parameters were not read yet. */
export interface OperationRequest {
  /** Reads and parses them, once they are charged for; may return a promise. Throws RequestError or BodyLostError. */
  read(): unknown;
  /** Throws RequestError for an operation that this transport does not carry. */
  verify?(operation: Operation["definition"]): void;
  /** Whether the client has left: nothing more is done for it. */
  hasLeft?(): boolean;
  readonly observed: ObservedOperation;
}

/** The outcome of an operation. */
export type Outcome =
  /** It was executed. The errors in the result are masked; its extensions have the cost. */
  | { readonly kind: "result"; readonly operation: Operation; readonly result: ExecutionResult }
  /** A subscription that has begun: `executeEvent` responds to each of its events. */
  | Subscription
  | Rejection
  /** The client has left. */
  | { readonly kind: "abandoned" };

export interface Subscription {
  readonly kind: "subscription";
  readonly operation: Operation;
  readonly values: CoercedVariables;
  /** As the client sent them. */
  readonly variables: Variables;
  readonly context: RequestContext;
  readonly source: Feed;
  readonly cost: Paid;
  readonly observed: ObservedOperation;
}

/** It was rejected before anything was executed. */
export interface Rejection {
  readonly kind: "rejected";
  readonly errors: readonly MaskedError[];
  /** HTTP status. */
  readonly status: number;
  /** HTTP headers that belong to the status. */
  readonly headers: Readonly<Record<string, string>>;
  /** The request was malformed, so that there was no operation to reject. */
  readonly isMalformed: boolean;
}

export interface Execution {
  /** As `coerce` returned them. */
  readonly values: CoercedVariables;
  readonly context: RequestContext;
  /** The event, for a subscription. */
  readonly root?: unknown;
  readonly observed: ObservedOperation;
}

export interface PipelineOptions {
  readonly operations: OperationCache;
  /** Runs queries and mutations. Started. */
  readonly apollo: ApolloServer<ApolloContext>;
  readonly trusted: TrustedDocuments | null;
  readonly scheduler: FairScheduler;
  /** Looks up who the caller is now. Throws UnauthenticatedError or UnavailableError. */
  contextOf(caller: Caller): Promise<RequestContext>;
}

/**
 * The one way of an operation, over each transport, after its caller has signed in:
 *
 *     charge the request → read → recall or admit → coerce → charge the price → look the viewer up → execute → mask
 *
 * Nothing is done before it is charged, and what is rejected as the client's fault is charged more. A transport only
 * reads requests and writes responses.
 */
export class OperationPipeline {
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  get schema(): GraphQLSchema {
    return this.#options.operations.schema;
  }

  /** Never rejects. */
  async run(request: OperationRequest, caller: Caller): Promise<Outcome> {
    const { observed } = request;
    observed.viewer = caller;
    try {
      await caller.payer.payRequest();
      return await this.#runCharged(request, caller);
    } catch (error) {
      if (error instanceof BodyLostError) return this.#abandon(observed);
      return await this.#reject(error, caller, observed);
    }
  }

  async #runCharged(request: OperationRequest, caller: Caller): Promise<Outcome> {
    const { observed } = request;
    const { operations, scheduler, contextOf } = this.#options;
    const params = paramsOf(await request.read());
    const query = requestedDocument(this.#options.trusted, params);
    let operation = operations.recall(query, params.operationName);
    const isNew = operation === undefined;
    if (operation === undefined) {
      await scheduler.wait(caller.address, request.hasLeft);
      if (request.hasLeft?.() === true) return this.#abandon(observed);
      operation = operations.admit(query, params.operationName);
    }
    observed.operation = operation.definition;
    request.verify?.(operation.definition);
    const { values, price } = this.coerce(operation, params.variables);
    observed.cost = price;
    const cost = await caller.payer.pay(price);
    const context = await contextOf(caller);
    observed.viewer = context.viewer;
    if (isNew) await scheduler.wait(caller.address); // reading was one task, compiling is another
    if (operation.definition.operation === "subscription") {
      return await this.#subscribe({ operation, values, variables: params.variables, context, cost, observed });
    }
    const result = await this.#executeInApollo({ ...params, query }, operation, { values, context, observed });
    return this.#finish(operation, result, { cost, observed });
  }

  /**
   * The price of an operation in points and its coerced variables. Throws OperationError, or the GraphQLError of a
   * limit.
   */
  coerce({ definition, costOf }: Operation, variables: Variables): { values: CoercedVariables; price: number } {
    checkVariables(variables);
    const price = costOf(variables);
    checkCost(price, definition.operation);
    const definitions = definition.variableDefinitions ?? [];
    return { values: coerceVariables(this.schema, definitions, variables), price };
  }

  /** Executes an operation, or the response to one event of a subscription. The errors in the result are masked. */
  async execute(
    operation: Pick<Operation, "run">,
    { values, context, root, observed }: Execution,
  ): Promise<ExecutionResult> {
    return await observed.within(async () => maskResult(await operation.run(root, context, values), observed));
  }

  /**
   * Executes a query or a mutation where the plugins of Apollo Server see it. Throws OperationError when one of them
   * rejects it.
   */
  async #executeInApollo(
    { query, operationName, variables }: OperationParams & { readonly query: string },
    operation: Operation,
    execution: Execution,
  ): Promise<ExecutionResult> {
    const { context, observed } = execution;
    const execute = async () => {
      try {
        return await this.execute(operation, execution);
      } catch (error) {
        return { errors: [maskError(error, observed.logger)] };
      }
    };
    const { body } = await this.#options.apollo.executeOperation(
      { query, ...(operationName !== null && { operationName }), variables: variables ?? {} },
      { contextValue: { context, execute } },
    );
    if (body.kind !== "single") throw new Error("Incremental delivery is not offered");
    const { errors, ...rest } = body.singleResult;
    const masked = errors?.map((error) => new MaskedError(error));
    if (masked !== undefined && rest.data === undefined) throw new OperationError(masked);
    return { ...rest, ...(masked && { errors: masked }) };
  }

  async #subscribe(begun: Omit<Subscription, "kind" | "source">): Promise<Outcome> {
    const { operation, variables, context, cost, observed } = begun;
    const source = await createSourceEventStream({
      schema: this.schema,
      document: operation.document,
      operationName: operation.definition.name?.value,
      variableValues: variables,
      contextValue: context,
    });
    if (isFeed(source)) return { kind: "subscription", source, ...begun };
    return this.#finish(operation, maskResult(source as ExecutionResult, observed), { cost, observed });
  }

  #finish(
    operation: Operation,
    result: ExecutionResult,
    { cost, observed }: Pick<Subscription, "cost" | "observed">,
  ): Outcome {
    observed.end(result.errors);
    return { kind: "result", operation, result: { ...result, extensions: { ...result.extensions, cost } } };
  }

  #abandon(observed: ObservedOperation): Outcome {
    observed.end();
    return { kind: "abandoned" };
  }

  async #reject(error: unknown, { payer }: Caller, observed: ObservedOperation): Promise<Rejection> {
    const rejection = rejectionOf(error, observed);
    if (isCharged(rejection.status)) await payer.payRefused();
    observed.end(rejection.errors);
    return rejection;
  }
}

/** The rejection of an operation, or of a request that has none, for an error. */
export function rejectionOf(error: unknown, { logger }: Pick<ObservedOperation, "logger">): Rejection {
  const several = error instanceof OperationError ? error.errors : [error];
  const errors = several.map((each) => maskError(each, logger));
  const code = errorCodeOf(errors[0] ?? {}) ?? "INTERNAL_SERVER_ERROR";
  const isMalformed = error instanceof RequestError;
  return {
    kind: "rejected",
    errors,
    status: errorCodes[code],
    headers: isMalformed ? error.headers : {},
    isMalformed,
  };
}

/**
 * Whether a rejection is charged: 4xx cost more than their request. An expired token or a spent budget is not charged
 * again.
 */
export function isCharged(status: number): boolean {
  return status >= 400 && status < 500 && status !== errorCodes.UNAUTHENTICATED && status !== errorCodes.RATE_LIMITED;
}

function maskResult(result: ExecutionResult, { logger }: ObservedOperation): ExecutionResult {
  return result.errors === undefined
    ? result
    : { ...result, errors: result.errors.map((error) => maskError(error, logger)) };
}

function isFeed(source: AsyncIterable<unknown> | ExecutionResult): source is Feed {
  return "take" in source;
}
