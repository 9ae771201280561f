import {
  createSourceEventStream,
  execute,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { Logger } from "../logger";
import type { RequestContext } from "../resolvers/requestContext";
import type { Delivery } from "../services/feedDelivery";
import type { TokenIdentity } from "./accessTokens";
import type { ObservedOperation } from "./operationObserver";
import { sharingKey } from "./sharingKey";
import { maskError } from "../resolvers/maskError";
import { compileCost } from "../resolvers/operationCost";
import { checkCost, checkVariables, readDocument, variablesOptions } from "../resolvers/operationRules";

/**
 * How operations on a socket or an event stream are prepared and run: the same schema, rules and masking as over HTTP. An event is executed
 * once for all subscribers of the same operation and rights, in a context of its own.
 */
export function createStreamOperations(
  schema: GraphQLSchema,
  logger: Logger,
  contextOf: (identity: TokenIdentity) => Promise<RequestContext>,
) {
  const mask = <Result extends ExecutionResult>(result: Result): Result =>
    result.errors === undefined ? result : { ...result, errors: result.errors.map((error) => masked(error, logger)) };
  return {
    async prepare(identity: TokenIdentity, payload: SubscribePayload, observed: ObservedOperation) {
      observed.viewer = identity;
      const refuse = (errors: GraphQLError[]) => {
        observed.end(errors);
        return errors;
      };
      const prepared = prepareOperation(schema, payload);
      if (prepared instanceof Array) return refuse(prepared.map((error) => masked(error, logger)));
      observed.operation = getOperationAST(prepared.document, prepared.operationName) ?? null;
      try {
        const contextValue = await contextOf(identity);
        observed.viewer = contextValue.viewer;
        return { schema, ...prepared, contextValue, observed };
      } catch (error) {
        return refuse([maskedThrow(error, observed.logger)]);
      }
    },
    async execute(args: StreamArgs) {
      const result = mask(await execute(args));
      args.observed?.end(result.errors);
      return result;
    },
    async subscribe(args: StreamArgs) {
      const source = await createSourceEventStream(args);
      if (!isIterator(source)) {
        const refused = mask(source as ExecutionResult);
        args.observed?.end(refused.errors);
        return refused;
      }
      const context = args.contextValue as RequestContext;
      const operation = sharingKey(args);
      const tell = async (delivery: Delivery): Promise<Told> => {
        const result = mask(await execute({ ...args, rootValue: delivery, contextValue: context.as(delivery.viewer) }));
        return { result, json: result.errors === undefined ? JSON.stringify(result) : null };
      };
      return answers(
        source as AsyncIterableIterator<Delivery>,
        (delivery) => shared(delivery, operation, () => tell(delivery)),
        args,
        (error) => maskedThrow(error, logger),
      );
    },
  };
}

/** What an operation is run with. */
export interface StreamArgs extends ExecutionArgs {
  /** Writes an answer, given as JSON, to the client, and resolves when it may be followed by another. */
  readonly deliver?: (json: string) => Promise<void>;
  readonly observed?: ObservedOperation;
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

/** The operation's document, checked as over HTTP; or what is wrong with it. */
function prepareOperation(
  schema: GraphQLSchema,
  { query, operationName, variables }: SubscribePayload,
): { document: DocumentNode; operationName?: string; variableValues?: Record<string, unknown> } | GraphQLError[] {
  try {
    const document = readDocument(schema, query);
    if (!("kind" in document)) return document.map(withCode("GRAPHQL_VALIDATION_FAILED"));
    const operation = getOperationAST(document, operationName);
    if (!operation) {
      return [new GraphQLError("Name one of the document's operations.", { extensions: { code: "BAD_USER_INPUT" } })];
    }
    checkVariables(variables);
    checkCost(compileCost(schema, document, operation)(variables), operation.operation);
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, variablesOptions);
    if (coerced.errors !== undefined) return coerced.errors.map(withCode("BAD_USER_INPUT"));
    return { document, ...(operationName && { operationName }), ...(variables && { variableValues: variables }) };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [withCode("GRAPHQL_PARSE_FAILED")(error)];
  }
}

const withCode = (code: string) => (error: GraphQLError) =>
  error.extensions["code"] === undefined
    ? new GraphQLError(error.message, { ...error, nodes: error.nodes, extensions: { code } })
    : error;

function masked(error: GraphQLError, logger: Logger): GraphQLError {
  const { message, extensions } = maskError(error.toJSON(), error, logger);
  return new GraphQLError(message, { nodes: error.nodes, path: error.path, ...(extensions && { extensions }) });
}

/** The same for an error from outside of any field. */
function maskedThrow(error: unknown, logger: Logger): GraphQLError {
  const { message, extensions } = maskError({ message: error instanceof Error ? error.message : "" }, error, logger);
  return new GraphQLError(message, { ...(extensions && { extensions }) });
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
  observed?.subscribed();
  const iterator: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      try {
        for (;;) {
          const next = await source.next();
          if (next.done) {
            observed?.end();
            return { done: true, value: undefined };
          }
          const { result, json } = await tell(next.value);
          if (isOver) return { done: true, value: undefined };
          observed?.delivered(result.errors);
          if (json === null || !deliver) return { done: false, value: result };
          await deliver(json);
        }
      } catch (error) {
        const told = mapError(error);
        observed?.end([told]);
        throw told;
      }
    },
    async return() {
      isOver = true;
      observed?.end();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
