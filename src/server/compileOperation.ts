import {
  execute,
  Kind,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";

/** Runs an operation with coerced variables. */
export type RunOperation = (
  root: unknown,
  context: unknown,
  values: Readonly<Record<string, unknown>>,
) => ExecutionResult | Promise<ExecutionResult>;

/** Compiles an operation of a valid document. What the compiler does not do as graphql-js does is left to graphql-js. */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
): RunOperation {
  const operationName = definition.name?.value;
  if (!mayLackInputFields(document, definition)) {
    const compiled = compileQuery(schema, document, operationName ?? "", {
      useExperimentalPathBasedSkipInclude: true, // the other way merges the selections of a field that is not included
      disableLeafSerialization: true, // of enumerations and GraphQL's own scalars, which our parents hold as they are told
    });
    if (isCompiledQuery(compiled)) return compiled.query;
  }
  return (rootValue, contextValue, variableValues) =>
    execute({ schema, document, operationName, rootValue, contextValue, variableValues });
}

/**
 * Whether an input object that is written out has a field whose variable may be absent. The field is absent then, and its
 * default counts; compiled, it would be null.
 */
function mayLackInputFields(document: DocumentNode, { variableDefinitions = [] }: OperationDefinitionNode): boolean {
  const optional = new Set(
    variableDefinitions
      .filter(({ type, defaultValue }) => type.kind !== Kind.NON_NULL_TYPE && defaultValue === undefined)
      .map(({ variable }) => variable.name.value),
  );
  let found = false;
  visit(document, {
    ObjectField: (field) => {
      visit(field.value, { Variable: ({ name }) => void (found ||= optional.has(name.value)) });
    },
  });
  return found;
}
