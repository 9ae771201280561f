import {
  coerceInputValue,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  typeFromAST,
  valueFromAST,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from "graphql";
import { codedError } from "./codedError";
import { expectation } from "./literalValues";
import { operationLimits } from "./operationLimits";
import { OperationError, type Variables } from "./operationRequest";

/** Variables as they are executed. */
export type CoercedVariables = Readonly<Record<string, unknown>>;

/**
 * Coerces variables as graphql-js does (GraphQL, 6.1.2), defaults included. Throws OperationError, whose messages
 * name variables, fields and types but never repeat a value; those of graphql-js print it, whole.
 */
export function coerceVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  variables: Variables,
): CoercedVariables {
  const coerced: Record<string, unknown> = {};
  const errors: GraphQLError[] = [];
  for (const definition of definitions) {
    const report = (problem: string) => {
      errors.push(codedError("BAD_USER_INPUT", problem, { nodes: definition }));
      if (errors.length === operationLimits.errors) throw new OperationError(errors);
    };
    coerceVariable(schema, definition, { given: variables ?? {}, coerced, report });
  }
  if (errors.length > 0) throw new OperationError(errors);
  return coerced;
}

interface Coercion {
  readonly given: Readonly<Record<string, unknown>>;
  readonly coerced: Record<string, unknown>;
  readonly report: (problem: string) => void;
}

function coerceVariable(
  schema: GraphQLSchema,
  { variable, type: typeNode, defaultValue }: VariableDefinitionNode,
  { given, coerced, report }: Coercion,
): void {
  const name = variable.name.value;
  const type = typeFromAST(schema, typeNode);
  if (!isInputType(type)) throw new Error("Documents with variables of other types are not valid");
  if (!Object.hasOwn(given, name)) {
    if (defaultValue) coerced[name] = valueFromAST(defaultValue, type);
    else if (isNonNullType(type)) report(`Variable "$${name}" of required type "${String(type)}" was not provided.`);
    return;
  }
  const value = given[name];
  if (value === null && isNonNullType(type)) {
    return report(`Variable "$${name}" of non-null type "${String(type)}" must not be null.`);
  }
  coerced[name] = coerceInputValue(value, type, (path, _value, { message }) => {
    const place = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
    const where = place === "" ? "" : ` at "${name}${place}"`;
    report(`Variable "$${name}" has an invalid value${where}: ${problemOf(message, typeAt(type, path))}`);
  });
}

/** Describes what is wrong with a value. The name of a field that does not exist is part of the value. */
function problemOf(message: string, type: GraphQLInputType): string {
  if (message.startsWith("Field ") && message.endsWith(" was not provided.")) return message;
  if (message.startsWith("Field ")) return `Type "${String(getNullableType(type))}" does not define one of its fields.`;
  return expectation(type, message);
}

/** The type at a path into a value. A single item may stand for a list. */
function typeAt(type: GraphQLInputType, path: readonly (string | number)[]): GraphQLInputType {
  const [key, ...rest] = path;
  if (key === undefined) return type;
  const nullable = getNullableType(type);
  if (isListType(nullable)) return typeAt(nullable.ofType, typeof key === "number" ? rest : path);
  const field = isInputObjectType(nullable) ? nullable.getFields()[key] : undefined;
  return field === undefined ? type : typeAt(field.type, rest);
}
