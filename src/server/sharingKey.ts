import { createHash } from "node:crypto";
import { getOperationAST, Kind, print, visit, type ExecutionArgs, type OperationDefinitionNode } from "graphql";

/**
 * Names what a subscription asks of each event: its document, its operation and the variables that its selection uses.
 * Two with the same key, of viewers with the same rights, are told the same; from where each started and what each filters
 * does not matter.
 */
export function sharingKey({ document, operationName, variableValues }: ExecutionArgs): string {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error("A subscription that runs has an operation");
  const bare = withoutRootArguments(operation);
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const used = new Set<string>();
  for (const node of [bare.selectionSet, ...fragments]) {
    visit(node, { Variable: ({ name }) => void used.add(name.value) });
  }
  // A variable that was not given has its default, one that is null has not.
  const defaults = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const given = Object.entries(variableValues ?? {}).filter(([name]) => used.has(name));
  given.sort(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify([print(bare.selectionSet), fragments.map(print), defaults.map(print), given]);
  return createHash("sha256").update(text).digest("base64url");
}

function withoutRootArguments(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection,
  );
  return { ...operation, selectionSet: { ...operation.selectionSet, selections } };
}
