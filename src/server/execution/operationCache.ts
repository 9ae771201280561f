import {
  getOperationAST,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { codedError } from "../../resolvers/codedError";
import { compileCost, type CostOf } from "../../resolvers/operationCost";
import { readDocument } from "../../resolvers/operationRules";
import { compileOperation, type RunOperation } from "./compileOperation";

/** An operation of a valid document. */
export interface Operation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly run: RunOperation;
  /** In points, before it runs. */
  readonly costOf: CostOf;
}

/** The document was not admitted. */
export class DocumentError extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super("The document was not admitted");
  }
}

/** Limits of the cache: number of operations, and estimated bytes in total. */
export const maxOperations = 1_000;
const maxWeight = 10_000_000;
/** Bytes made of one token at most: a value in a list takes some 290 with what the parser keeps of it. */
const bytesOfToken = 300;

/** Operations by their text: each is parsed, validated and compiled once, however often it is requested. */
export class OperationCache {
  readonly #operations = new LRUCache<string, Operation>({
    max: maxOperations,
    maxSize: maxWeight,
    sizeCalculation: ({ document }) => weightOf(document),
  });

  constructor(readonly schema: GraphQLSchema) {}

  /** The operation, if it was admitted before. */
  recall(query: string, operationName: string | null): Operation | undefined {
    return this.#operations.get(keyOf(query, operationName));
  }

  /** Reads the document of a text and keeps its operation. Throws DocumentError. */
  admit(query: string, operationName: string | null): Operation {
    const document = readDocument(this.schema, query);
    if (!("kind" in document)) throw new DocumentError(document);
    const definition = getOperationAST(document, operationName);
    if (!definition) throw new DocumentError([unknownOperation(operationName)]);
    const operation = {
      document,
      definition,
      run: compiledOnce(() => compileOperation(this.schema, document, definition)),
      costOf: compileCost(this.schema, document, definition),
    };
    this.#operations.set(keyOf(query, operationName), operation);
    return operation;
  }
}

const keyOf = (query: string, operationName: string | null) => JSON.stringify([operationName, query]);

function unknownOperation(operationName: string | null): GraphQLError {
  const message =
    operationName === null
      ? "The document has several operations. Name one in operationName."
      : "The document does not have an operation of this operationName.";
  return codedError("BAD_USER_INPUT", message);
}

/** Operations that cost too much are never compiled. */
function compiledOnce(compile: () => RunOperation): RunOperation {
  let run: RunOperation | undefined;
  return (root, context, values) => (run ??= compile())(root, context, values);
}

/** Estimates the bytes that a document holds on to: its text, and what was made of it. */
function weightOf({ loc }: DocumentNode): number {
  let weight = 1;
  for (let token = loc?.startToken; token; token = token.next ?? undefined) weight += bytesOfToken;
  return weight + (loc?.source.body.length ?? 0);
}
