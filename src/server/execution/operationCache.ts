import { createHash } from "node:crypto";
import {
  getOperationAST,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { codedError } from "./codedError";
import { compileCost, type CostOf } from "./operationCost";
import { readDocument } from "./validation";
import { compileOperation, type RunOperation } from "./compileOperation";
import { OperationError } from "./operationRequest";

/** An operation of a valid document. */
export interface Operation {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly run: RunOperation;
  /** In points, before it runs. */
  readonly costOf: CostOf;
}

interface AdmittedDocument {
  readonly document: DocumentNode;
  /** By operationName as it was requested. */
  readonly operations: Map<string | null, Operation>;
}

/** Limits of the cache: number of documents, and estimated bytes in total. */
export const maxDocuments = 1_000;
const maxWeight = 10_000_000;
/** Bytes made of one token at most: a value in a list takes some 290 with what the parser keeps of it. */
const bytesOfToken = 300;

/** Operations by their text: each is parsed, validated and compiled once, however often it is requested. */
export class OperationCache {
  /** By the hash of their text. */
  readonly #documents = new LRUCache<string, AdmittedDocument>({
    max: maxDocuments,
    maxSize: maxWeight,
    sizeCalculation: ({ document }) => weightOf(document),
  });

  constructor(readonly schema: GraphQLSchema) {}

  /** The operation, if it was admitted before. */
  recall(query: string, operationName: string | null): Operation | undefined {
    return this.#documents.get(hashOf(query))?.operations.get(operationName);
  }

  /** The document whose text has this SHA-256, in hexadecimal digits, if it was admitted. */
  documentOf(hash: string): DocumentNode | undefined {
    return this.#documents.get(hash)?.document;
  }

  /** Reads the document of a text and keeps its operation. Throws OperationError. */
  admit(query: string, operationName: string | null): Operation {
    const hash = hashOf(query);
    const { document, operations } = this.#documents.get(hash) ?? this.#read(query);
    const definition = getOperationAST(document, operationName);
    if (!definition) throw new OperationError([unknownOperation(operationName)]);
    const operation = {
      document,
      definition,
      run: compiledOnce(() => compileOperation(this.schema, document, definition)),
      costOf: compileCost(this.schema, document, definition),
    };
    operations.set(operationName, operation);
    this.#documents.set(hash, { document, operations });
    return operation;
  }

  #read(query: string): AdmittedDocument {
    const document = readDocument(this.schema, query);
    if (!("kind" in document)) throw new OperationError(document);
    return { document, operations: new Map() };
  }
}

const hashOf = (query: string) => createHash("sha256").update(query).digest("hex");

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
