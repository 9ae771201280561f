import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  parse,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { excessOf } from "../resolvers/documentLimits";
import { maskError } from "../resolvers/maskError";
import { compileCost, type CostOf } from "../resolvers/operationCost";
import { checkCost, checkVariables, parseOptions, readDocument, variablesOptions } from "../resolvers/operationRules";
import type { RequestContext } from "../resolvers/requestContext";
import type { Paid, Payer } from "../services/rateLimits";
import { compileOperation, type RunOperation } from "./execution/compileOperation";
import type { ObservedOperation } from "./operationObserver";
import { documentAsked, type TrustedDocuments } from "./trustedDocuments";

/** An operation of a document that was checked against the schema. */
export interface Operation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly run: RunOperation;
  /** In points, before it runs. */
  readonly costOf: CostOf;
}

/** Variables as a caller gives them. */
export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** What an operation is run with. */
export interface Execution {
  /** As `coerce` gave them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  /** Of a subscription: the event that it is told of. */
  readonly root?: unknown;
  readonly observed: ObservedOperation;
}

/** Operations kept ready, or documents, at most, and what they weigh together. */
export const maxKept = 1_000;
export const maxKeptWeight = 10_000_000;
/** Bytes that is made of a token, at most: a value in a list takes some 290 with what the parser keeps of it. */
const weightOfToken = 300;

/** About how many bytes a document holds on to: its text, and what was made of it. */
export function weightOf({ loc }: DocumentNode): number {
  let weight = 1;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) weight += weightOfToken;
  return weight + (loc?.source.body.length ?? 0);
}

/**
 * The one pipeline of all transports. A document is parsed and validated when it first comes, compiled when it first runs, and
 * kept: what comes again is only run. Rules, limits, variables and masking are the same for all.
 */
export function createOperations(schema: GraphQLSchema, trusted: TrustedDocuments | null = null) {
  const kept = new LRUCache<string, Operation>({
    max: maxKept,
    maxSize: maxKeptWeight,
    sizeCalculation: ({ document }) => weightOf(document),
  });
  const keyOf = (query: string, operationName: string | null | undefined) =>
    JSON.stringify([operationName ?? null, query]);

  /** Keeps an operation of a document that was validated by these rules. Null: the document has no such operation. */
  function admit(query: string, operationName: string | null | undefined, document: DocumentNode): Operation | null {
    const definition = getOperationAST(document, operationName);
    if (!definition) return null;
    const operation = {
      document,
      definition,
      run: compiledOnce(() => compileOperation(schema, document, definition)),
      costOf: compileCost(schema, document, definition),
    };
    kept.set(keyOf(query, operationName), operation);
    return operation;
  }

  /**
   * The values that an operation is run with, defaults included; or what is wrong with its variables, as the caller is told.
   * The compiled operation coerces them once more, which changes nothing: its own coercion misses defaults of 0.
   */
  function coerce(
    { definition, costOf }: Operation,
    variables: Variables,
    observed: ObservedOperation,
  ): Execution["values"] | GraphQLError[] {
    observed.operation = definition;
    try {
      checkVariables(variables);
      const cost = costOf(variables);
      observed.cost = cost;
      checkCost(cost, definition.operation);
    } catch (error) {
      return [masked(error, observed)];
    }
    const definitions = definition.variableDefinitions ?? [];
    const { coerced, errors } = getVariableValues(schema, definitions, variables ?? {}, variablesOptions);
    return errors === undefined ? coerced : errors.map((error) => masked(withCode("BAD_USER_INPUT")(error), observed));
  }

  return {
    schema,
    /** An operation that was admitted before. */
    recall: (query: string, operationName: string | null | undefined) => kept.get(keyOf(query, operationName)),
    admit,
    /** Whether a request may name its document by id. */
    hasTrusted: trusted !== null,
    /** The document that a request asks for; or why it gets none, as the caller is told. */
    asked(query: unknown, documentId: unknown, observed: ObservedOperation): unknown {
      if (trusted === null) return query;
      try {
        return documentAsked(trusted, query, documentId);
      } catch (error) {
        return masked(error, observed);
      }
    },
    /** In what a new document goes beyond the limits. Null: in nothing, or it is none, as whoever reads it next says. */
    excess(query: string, observed: ObservedOperation): GraphQLError | null {
      try {
        const excess = excessOf(parse(query, parseOptions));
        return excess && masked(withCode("GRAPHQL_VALIDATION_FAILED")(excess), observed);
      } catch (error) {
        if (error instanceof GraphQLError) return null;
        throw error;
      }
    },
    /** An operation, admitted now if it was not before; or what is wrong with its document, as the caller is told. */
    prepare(
      query: string,
      operationName: string | null | undefined,
      observed: ObservedOperation,
    ): Operation | GraphQLError[] {
      const recalled = kept.get(keyOf(query, operationName));
      if (recalled !== undefined) return recalled;
      try {
        const document = readDocument(schema, query);
        if ("kind" in document) return admit(query, operationName, document) ?? [unnamed()];
        return document.map((error) => masked(withCode("GRAPHQL_VALIDATION_FAILED")(error), observed));
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        return [masked(withCode("GRAPHQL_PARSE_FAILED")(error), observed)];
      }
    },
    coerce,
    /** Takes what an operation costs, as `coerce` found it, from the caller's budget; or the error that it is used up. */
    async pay(payer: Payer, observed: ObservedOperation): Promise<Paid | GraphQLError> {
      try {
        return await payer.pay(observed.cost ?? 0);
      } catch (error) {
        return masked(error, observed);
      }
    },
    async execute(operation: Operation, { values, context, root, observed }: Execution): Promise<ExecutionResult> {
      return await observed.within(async () => maskAll(await operation.run(root, context, values), observed));
    },
  };
}

export type Operations = ReturnType<typeof createOperations>;

/** What costs too much is never compiled. */
function compiledOnce(compile: () => RunOperation): RunOperation {
  let run: RunOperation | undefined;
  return (root, context, values) => (run ??= compile())(root, context, values);
}

function unnamed(): GraphQLError {
  return new GraphQLError("Name one of the document's operations.", { extensions: { code: "BAD_USER_INPUT" } });
}

const withCode = (code: string) => (error: GraphQLError) =>
  error.extensions["code"] === undefined
    ? new GraphQLError(error.message, { ...error, nodes: error.nodes, extensions: { code } })
    : error;

/** An answer whose errors are as the caller is told of them. */
export function maskAll(result: ExecutionResult, observed: ObservedOperation): ExecutionResult {
  return result.errors === undefined
    ? result
    : { ...result, errors: result.errors.map((error) => masked(error, observed)) };
}

/** Whatever was thrown, as the caller is told of it; what it must not be told goes to the log. */
export function masked(error: unknown, observed: ObservedOperation): GraphQLError {
  const formatted =
    error instanceof GraphQLError ? error.toJSON() : { message: error instanceof Error ? error.message : "" };
  return new ToldError(maskError(formatted, error, observed.logger));
}

/** An error as it is told, its places in the document included. */
class ToldError extends GraphQLError {
  readonly #told: GraphQLFormattedError;

  constructor(told: GraphQLFormattedError) {
    const { message, path, extensions } = told;
    super(message, { path, extensions });
    this.#told = told;
  }

  override toJSON(): GraphQLFormattedError {
    return this.#told;
  }
}
