import {
  getNamedType,
  isScalarType,
  isSpecifiedScalarType,
  Kind,
  ValuesOfCorrectTypeRule,
  type ASTNode,
  type ASTVisitor,
  type GraphQLError,
  type GraphQLInputType,
  type ValidationContext,
} from "graphql";
import { reworded } from "./codedError";

/** Kinds of tokens that hold a value of the caller. */
const literalTokens = ["String", "BlockString", "Int", "Float"];

/** The message of a syntax error, cut off before the value of a literal or a part of one. */
export function syntaxMessage(message: string): string {
  const ends = literalTokens.flatMap((kind) => {
    const start = message.indexOf(`${kind} "`);
    return start < 0 ? [] : [start + kind.length];
  });
  const part = message.indexOf(': "');
  const end = Math.min(...ends, part < 0 ? message.length : part);
  return end < message.length ? `${message.slice(0, end)}.` : message;
}

/**
 * The rule of the specification of that name (5.6.1), with messages that name the expected type and never repeat the
 * value: what a client takes for a variable may be written out in the document.
 */
export function valuesOfCorrectType(context: ValidationContext): ASTVisitor {
  const reportError = (error: GraphQLError) => context.reportError(withoutLiteral(error, context.getInputType()));
  const reporting: ValidationContext = Object.create(context, { reportError: { value: reportError } });
  return ValuesOfCorrectTypeRule(reporting);
}

function withoutLiteral(error: GraphQLError, expected: GraphQLInputType | null | undefined): GraphQLError {
  const [node] = error.nodes ?? [];
  if (node === undefined || namesFields(error, node)) return error;
  return reworded(error, expectation(expected, error.message));
}

/** Errors about the fields of an input object name fields, variables and types alone. */
function namesFields({ message }: GraphQLError, { kind }: ASTNode): boolean {
  return kind === Kind.OBJECT_FIELD || (kind === Kind.OBJECT && /^(Field|Variable|OneOf) /.test(message));
}

/** Describes the expected value. Scalars of this schema describe it themselves: their messages never repeat a value. */
export function expectation(type: GraphQLInputType | null | undefined, message: string): string {
  const named = getNamedType(type);
  const isOwnScalar = isScalarType(named) && !isSpecifiedScalarType(named);
  if (isOwnScalar && !message.startsWith("Expected ")) return message;
  return type ? `Expected a value of type "${String(type)}".` : "The value is not of the expected type.";
}
