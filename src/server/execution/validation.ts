import {
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  ValuesOfCorrectTypeRule,
  type ASTVisitor,
  type DocumentNode,
  type GraphQLSchema,
  type OperationTypeNode,
  type ValidationContext,
} from "graphql";
import { isStorable } from "../../domain/text";
import { codedError, reworded } from "./codedError";
import { excessOf } from "./documentLimits";
import { syntaxMessage, valuesOfCorrectType } from "./literalValues";
import { operationLimits } from "./operationLimits";
import { conditionAtRoot } from "./subscriptionRoot";

/** Bounds the work of parsing. */
const parseOptions = { maxTokens: operationLimits.tokens };

/** Bounds the errors of a rejected document: clients that do not know the schema do not learn it from typing errors. */
const validationOptions = { maxErrors: operationLimits.errors - 1, hideSuggestions: true };

const rules = [
  ...specifiedRules.map((rule) => (rule === ValuesOfCorrectTypeRule ? valuesOfCorrectType : rule)),
  noUnstorableText,
];

/**
 * Returns the document of a text, or the errors of one that may not run. The limits come first, so that nothing is
 * spent on what exceeds them. All errors have a code, and none repeats the value of a literal.
 */
export function readDocument(schema: GraphQLSchema, text: string): DocumentNode | readonly GraphQLError[] {
  const document = parsed(text);
  if (document instanceof GraphQLError) return [document];
  const rejection = excessOf(document) ?? conditionAtRoot(document);
  const errors = rejection === null ? validate(schema, document, rules, validationOptions) : [rejection];
  return errors.length > 0
    ? errors.map((error) => reworded(error, error.message, "GRAPHQL_VALIDATION_FAILED"))
    : document;
}

function parsed(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, parseOptions);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return reworded(error, syntaxMessage(error.message), "GRAPHQL_PARSE_FAILED");
  }
}

/** Throws QUERY_TOO_COMPLEX, with `cost` and `limit`, when an operation of this cost is not to be run. */
export function checkCost(cost: number, type: OperationTypeNode): void {
  const limit = type === "subscription" ? operationLimits.costOfEvent : operationLimits.cost;
  if (cost <= limit) return;
  const message = `The operation may cost ${limit} points and would cost ${cost}: ask for smaller pages, or fewer lists within lists.`;
  throw codedError("QUERY_TOO_COMPLEX", message, { cost, limit });
}

/** Characters of a key in the path to a bad variable. */
const maxKeyLength = 100;

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
 * Refuses variables that hold such texts, or that are nested deeper than any input is. Throws a GraphQLError that
 * names the place of the first.
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
  const place = field.map((key) => key.slice(0, maxKeyLength));
  return codedError("BAD_USER_INPUT", message, { field: place });
}
