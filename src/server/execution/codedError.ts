import { GraphQLError, type ASTNode } from "graphql";
import type { ErrorCode } from "../../domain/errorCodes";

interface Details {
  /** Where in the document. */
  readonly nodes?: ASTNode | readonly ASTNode[] | undefined;
  /** Other values of `extensions`. */
  readonly [name: string]: unknown;
}

/** A GraphQL error with one of the documented codes. */
export function codedError(code: ErrorCode, message: string, { nodes, ...extensions }: Details = {}): GraphQLError {
  return new GraphQLError(message, { nodes, extensions: { code, ...extensions } });
}

/** The same error, at the same place in the document, with another message and, if one is given, a code. */
export function reworded(error: GraphQLError, message: string, code?: ErrorCode): GraphQLError {
  const { nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    extensions: code === undefined ? extensions : { ...extensions, code },
  });
}
