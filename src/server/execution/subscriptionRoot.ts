import { GraphQLError, Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from "graphql";

/**
 * The error of a subscription with `@skip` or `@include` on its root selection (GraphQL, September 2025, 5.2.4.1), or
 * null. To be asked before the rules of graphql-js 16: they evaluate these conditions without variables, and throw.
 */
export function conditionAtRoot(document: DocumentNode): GraphQLError | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const seen = new Set<FragmentDefinitionNode>();
  const isConditional = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.some(({ name }) => conditions.has(name.value)) === true) return true;
      if (selection.kind === Kind.FIELD) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
      const fragment = fragments.get(selection.name.value);
      if (fragment === undefined || seen.has(fragment)) return false;
      seen.add(fragment);
      return isConditional(fragment.selectionSet);
    });
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation !== "subscription") continue;
    if (isConditional(definition.selectionSet)) return new GraphQLError(message, { nodes: definition });
  }
  return null;
}

const conditions: ReadonlySet<string> = new Set(["skip", "include"]);
const message = "A subscription has no @skip or @include at its top. Leave the directive out, or do not subscribe.";
