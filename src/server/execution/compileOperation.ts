import {
  execute,
  isNonNullType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTVisitor,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import { mayCompile } from "./mayCompile";

/** Runs an operation with coerced variables. */
export type RunOperation = (
  root: unknown,
  context: unknown,
  values: Readonly<Record<string, unknown>>,
) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Compiles an operation of a valid document. graphql-js runs what graphql-jit would answer differently: documents that
 * `mayCompile` rejects, and single requests by the values of their variables.
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
): RunOperation {
  const interpreted = interpretOperation(schema, document, definition);
  if (!mayCompile(schema, document, definition)) return interpreted;
  const compiled = compileQuery(schema, document, definition.name?.value ?? "", {
    useExperimentalPathBasedSkipInclude: true, // without it, a condition counts wherever a fragment's field is spread
    disableLeafSerialization: true, // enumerations and GraphQL's own scalars: our views hold them as they are sent
  });
  if (!isCompiledQuery(compiled)) return interpreted;
  const { query } = compiled;
  const positions = variablePositions(schema, document);
  return (root, context, values) => {
    if (isMisread(positions, values)) return interpreted(root, context, values);
    const result = query(root, context, values);
    return result instanceof Promise ? result.then(withCauses) : withCauses(result);
  };
}

/** Runs an operation by graphql-js, slowly and as the specification says. */
export function interpretOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
): RunOperation {
  const operationName = definition.name?.value;
  return (rootValue, contextValue, variableValues) =>
    execute({ schema, document, operationName, rootValue, contextValue, variableValues });
}

/** Names of variables, by what graphql-jit does not check where they are used. */
interface VariablePositions {
  /** Null is not allowed there. graphql-jit passes it on; the specification wants a field error (6.4.1). */
  readonly nonNull: ReadonlySet<string>;
  /** Inside an input object that is written out, an absent variable leaves its field out. graphql-jit makes it null. */
  readonly inObject: ReadonlySet<string>;
}

function variablePositions(schema: GraphQLSchema, document: DocumentNode): VariablePositions {
  const nonNull = new Set<string>();
  const inObject = new Set<string>();
  const typeInfo = new TypeInfo(schema);
  let objects = 0;
  const visitor: ASTVisitor = {
    VariableDefinition: () => false,
    ObjectValue: { enter: () => void (objects += 1), leave: () => void (objects -= 1) },
    Variable({ name }) {
      if (isNonNullType(typeInfo.getInputType())) nonNull.add(name.value);
      if (objects > 0) inObject.add(name.value);
    },
  };
  visit(document, visitWithTypeInfo(typeInfo, visitor));
  return { nonNull, inObject };
}

function isMisread({ nonNull, inObject }: VariablePositions, values: Readonly<Record<string, unknown>>): boolean {
  for (const name of nonNull) if (values[name] === null) return true;
  for (const name of inObject) if (!(name in values)) return true;
  return false;
}

/**
 * Gives graphql-jit's own errors (null for a field that is never null) a cause, as graphql-js does: they are faults
 * of the server and not meant for the client. What a resolver throws has its cause already.
 */
function withCauses(result: ExecutionResult): ExecutionResult {
  return result.errors === undefined ? result : { ...result, errors: result.errors.map(withCause) };
}

function withCause(error: GraphQLError): GraphQLError {
  if (error.originalError !== undefined) return error;
  return Object.create(error, { originalError: { value: new Error(error.message) } }) as GraphQLError;
}
