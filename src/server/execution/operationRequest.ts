import type { GraphQLError } from "graphql";
import type { ErrorCode } from "../../domain/errorCodes";

/** Variables as a client sends them. */
export type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** The request cannot be served as it is. The message is for the client. */
export class RequestError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** HTTP headers that belong to the status of this code. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "RequestError";
  }
}

/** The operation of a request is not executed: its document is not admitted, or its variables do not fit. */
export class OperationError extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super("The operation is not executed");
    this.name = "OperationError";
  }
}

/** The connection ended before the whole body had come: nobody waits for a response. */
export class BodyLostError extends Error {}

/** The parameters of an operation, of the right types. */
export interface OperationParams {
  readonly query: string | null;
  readonly operationName: string | null;
  readonly variables: Variables;
  readonly documentId: unknown;
  /** Whether the request names a document by id or by hash (automatic persisted queries of Apollo's clients). */
  readonly namesDocument: boolean;
}

/**
 * Checks the parameters of an operation (GraphQL over HTTP, "Request Parameters"). Throws
 * RequestError (BAD_USER_INPUT).
 */
export function paramsOf(value: unknown): OperationParams {
  if (!isObject(value)) throw invalid("Send one JSON object with a query. Batches are not supported.");
  const { query = null, operationName = null, variables = null, extensions = null, documentId = null } = value;
  if (query !== null && typeof query !== "string") throw invalid("query must be a string.");
  if (operationName !== null && typeof operationName !== "string") throw invalid("operationName must be a string.");
  if (variables !== null && !isObject(variables)) throw invalid("variables must be an object.");
  if (extensions !== null && !isObject(extensions)) throw invalid("extensions must be an object.");
  const namesDocument = documentId !== null || (extensions !== null && extensions["persistedQuery"] != null);
  return { query, operationName, variables, documentId, namesDocument };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(message: string): RequestError {
  return new RequestError("BAD_USER_INPUT", message);
}
