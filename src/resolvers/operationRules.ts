import {
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type ASTVisitor,
  type DocumentNode,
  type GraphQLSchema,
  type OperationTypeNode,
  type ValidationContext,
} from "graphql";
import { isStorable } from "../domain/text";
import { excessOf } from "./documentLimits";
import { operationLimits } from "./operationLimits";

/**
 * What every operation is held to, whatever the transport: shared by HTTP (where Apollo Server applies it), WebSocket and
 * event streams.
 */

/** Bounds the work of parsing. */
export const parseOptions = { maxTokens: operationLimits.tokens };

/** Bounds what is told of a document that is refused: who does not know the schema does not learn it from typing errors. */
export const validationOptions = { maxErrors: operationLimits.errors - 1, hideSuggestions: true };

/** The same for variables. */
export const variablesOptions = { maxErrors: operationLimits.errors - 1, hideSuggestions: true };

/** Validation rules besides those of the specification, for who has looked at the limits before. */
export const validationRules = [noUnstorableText];

/**
 * The document of a text that may be run, or what is wrong with it. The limits come first, so that nothing is spent on what is
 * beyond them. Throws the GraphQLError of a text that is no document.
 */
export function readDocument(schema: GraphQLSchema, text: string): DocumentNode | readonly GraphQLError[] {
  const document = parse(text, parseOptions);
  const excess = excessOf(document);
  if (excess !== null) return [excess];
  const errors = validate(schema, document, [...specifiedRules, noUnstorableText], validationOptions);
  return errors.length > 0 ? errors : document;
}

/** Throws QUERY_TOO_COMPLEX, with `cost` and `limit`, when an operation of this cost is not to be run. */
export function checkCost(cost: number, type: OperationTypeNode): void {
  const limit = type === "subscription" ? operationLimits.costOfEvent : operationLimits.cost;
  if (cost <= limit) return;
  throw new GraphQLError(
    `The operation may cost ${limit} points and would cost ${cost}: ask for smaller pages, or fewer lists within lists.`,
    { extensions: { code: "QUERY_TOO_COMPLEX", cost, limit, http: { status: 400 } } },
  );
}

const unstorable = "The text holds a NUL character or half of a surrogate pair, which can't be stored: remove it.";

/** Refuses texts in the document that PostgreSQL could not hold as they are. */
function noUnstorableText(context: ValidationContext): ASTVisitor {
  return {
    StringValue(node) {
      if (!isStorable(node.value)) {
        context.reportError(new GraphQLError(unstorable, { nodes: node }));
      }
    },
  };
}

/**
 * Refuses variables that hold such texts, or that are nested deeper than any input is. Throws a GraphQLError that names the
 * place of the first.
 */
export function checkVariables(variables: Readonly<Record<string, unknown>> | null | undefined): void {
  checkVariable(variables ?? {}, []);
}

function checkVariable(value: unknown, field: readonly string[]): void {
  if (typeof value === "string" && !isStorable(value)) throw badVariable(unstorable, field);
  if (typeof value !== "object" || value === null) return;
  if (field.length > operationLimits.variablesDepth) {
    throw badVariable("The variables are nested deeper than any input of this API.", field.slice(0, 1));
  }
  for (const [key, item] of Object.entries(value)) checkVariable(item, [...field, key]);
}

function badVariable(message: string, field: readonly string[]): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT", field, http: { status: 400 } } });
}
