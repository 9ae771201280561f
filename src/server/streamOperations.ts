import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, type GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { RequestContext } from "../resolvers/requestContext";
import type { Delivery } from "../services/feedDelivery";
import type { TokenIdentity } from "./accessTokens";
import type { ObservedOperation } from "./operationObserver";
import { maskAll, masked, type Execution, type Operation, type Operations } from "./operations";
import { sharingKey } from "./sharingKey";

/**
 * How operations on a socket or an event stream are prepared and run. An event is executed once for all subscribers of the
 * same operation and rights, in a context of its own.
 */
export function createStreamOperations(
  operations: Operations,
  contextOf: (identity: TokenIdentity) => Promise<RequestContext>,
) {
  return {
    async prepare(
      identity: TokenIdentity,
      { query, operationName, variables }: SubscribePayload,
      observed: ObservedOperation,
    ) {
      observed.viewer = identity;
      const refuse = (errors: GraphQLError[]) => {
        observed.end(errors);
        return errors;
      };
      const operation = operations.prepare(query, operationName, observed);
      if (Array.isArray(operation)) return refuse(operation);
      const values = operations.coerce(operation, variables, observed);
      if (Array.isArray(values)) return refuse(values);
      try {
        const contextValue = await contextOf(identity);
        observed.viewer = contextValue.viewer;
        const { schema } = operations;
        const { document } = operation;
        return {
          schema,
          document,
          operationName,
          variableValues: variables,
          contextValue,
          operation,
          values,
          observed,
        };
      } catch (error) {
        return refuse([masked(error, observed)]);
      }
    },
    async execute(prepared: ExecutionArgs) {
      const args = prepared as StreamArgs;
      const result = await run(operations, args, undefined, args.contextValue);
      args.observed.end(result.errors);
      return result;
    },
    async subscribe(prepared: ExecutionArgs) {
      const args = prepared as StreamArgs;
      const source = await createSourceEventStream(args);
      if (!isIterator(source)) {
        const refused = maskAll(source as ExecutionResult, args.observed);
        args.observed.end(refused.errors);
        return refused;
      }
      const operation = sharingKey(args);
      const tell = async (delivery: Delivery): Promise<Told> => {
        const result = await run(operations, args, delivery, args.contextValue.as(delivery.viewer));
        return { result, json: result.errors === undefined ? JSON.stringify(result) : null };
      };
      return answers(
        source as AsyncIterableIterator<Delivery>,
        (delivery) => shared(delivery, operation, () => tell(delivery)),
        args,
        (error) => masked(error, args.observed),
      );
    },
  };
}

function run(operations: Operations, args: StreamArgs, root: unknown, context: RequestContext) {
  const { operation, values, observed } = args;
  return operations.execute(operation, { values, context, root, observed });
}

/** What an operation is run with: what `prepare` gave. */
export interface StreamArgs extends ExecutionArgs {
  readonly contextValue: RequestContext;
  readonly operation: Operation;
  readonly values: Execution["values"];
  /** Writes an answer, given as JSON, to the client, and resolves when it may be followed by another. */
  readonly deliver?: (json: string) => Promise<void>;
  readonly observed: ObservedOperation;
}

/** An answer to an event; its JSON is there when it holds no errors. */
interface Told {
  readonly result: ExecutionResult;
  readonly json: string | null;
}

/** One answer for all to whom the same operation tells the same of an event. */
function shared({ shared: made, rights }: Delivery, operation: string, make: () => Promise<Told>): Promise<Told> {
  const key = `${rights} ${operation}`;
  const earlier = made.get(key) as Promise<Told> | undefined;
  if (earlier !== undefined) return earlier;
  const told = make();
  made.set(key, told);
  return told;
}

function isIterator(value: AsyncIterable<unknown> | ExecutionResult): value is AsyncIterableIterator<unknown> {
  return Symbol.asyncIterator in value;
}

/**
 * The answers to a feed. Where the transport takes ready JSON they are written to it at once, so that an answer that many
 * share is made into text once; then only what holds errors is handed on as a value. `return()` goes straight through to the
 * source, and nothing is written after it.
 */
function answers(
  source: AsyncIterableIterator<Delivery>,
  tell: (delivery: Delivery) => Promise<Told>,
  { deliver, observed }: StreamArgs,
  mapError: (error: unknown) => GraphQLError,
): AsyncIterableIterator<ExecutionResult> {
  let isOver = false;
  observed.subscribed();
  const iterator: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      try {
        for (;;) {
          const next = await source.next();
          if (next.done) {
            observed.end();
            return { done: true, value: undefined };
          }
          const { result, json } = await tell(next.value);
          if (isOver) return { done: true, value: undefined };
          observed.delivered(result.errors);
          if (json === null || !deliver) return { done: false, value: result };
          await deliver(json);
        }
      } catch (error) {
        const told = mapError(error);
        observed.end([told]);
        throw told;
      }
    },
    async return() {
      isOver = true;
      observed.end();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
