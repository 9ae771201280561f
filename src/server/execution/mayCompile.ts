import {
  Kind,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

/** Whether graphql-jit compiles this operation into what graphql-js answers. */
export function mayCompile(
  schema: GraphQLSchema,
  document: DocumentNode,
  definition: OperationDefinitionNode,
): boolean {
  const { keys, strings } = wordsOf(document);
  return (
    hasUnmergedConditions(document, definition) &&
    hasDistinctPlaces(schema, keys) &&
    !keys.has("__proto__") && // an object literal takes it for the prototype
    !strings.some((text) => text.includes(jitMarker))
  );
}

/**
 * graphql-jit writes literals of the document into its code as JSON, and afterwards replaces strings that begin with
 * this by what they stand for: by `new Date(…)` around the rest of the string, which would run as code.
 */
const jitMarker = "__MAGIC_";

interface Words {
  /** Response keys of fields. */
  readonly keys: ReadonlySet<string>;
  readonly strings: readonly string[];
}

function wordsOf(document: DocumentNode): Words {
  const keys = new Set<string>();
  const strings: string[] = [];
  visit(document, {
    Field: ({ alias, name }) => void keys.add((alias ?? name).value),
    StringValue: ({ value }) => void strings.push(value),
  });
  return { keys, strings };
}

/**
 * Whether every `@skip` and `@include` stands on a field that is selected once in its place. graphql-jit mixes up the
 * conditions of selections that are merged, and of fragments that are spread twice.
 */
function hasUnmergedConditions(document: DocumentNode, { selectionSet }: OperationDefinitionNode): boolean {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const isConditionalAt = new Map<string, boolean>();
  const isUnmerged = (selections: SelectionSetNode | undefined, place: string): boolean =>
    selections === undefined ||
    selections.selections.every((selection) => {
      const isConditional = (selection.directives ?? []).length > 0;
      if (selection.kind === Kind.FIELD) {
        const own = `${place}.${(selection.alias ?? selection.name).value}`;
        const earlier = isConditionalAt.get(own);
        if (earlier === true || (earlier === false && isConditional)) return false;
        isConditionalAt.set(own, isConditional);
        return isUnmerged(selection.selectionSet, own);
      }
      if (isConditional) return false;
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      return isUnmerged(fragment?.selectionSet, place);
    });
  return isUnmerged(selectionSet, "");
}

/**
 * Whether each place of the answer has a name of its own. graphql-jit joins the keys, positions and types on the way
 * to a place by "_", so that `a_b` names a field of that key and the field `a` of `b`: a resolver would get the
 * other's selection. No two names are the same unless one key begins with another and "_".
 */
function hasDistinctPlaces(schema: GraphQLSchema, keys: ReadonlySet<string>): boolean {
  const isPart = (text: string) => keys.has(text) || /^idx\d+$/.test(text) || schema.getType(text) !== undefined;
  return [...keys].every((key) => [...key.matchAll(/_/g)].every(({ index }) => !isPart(key.slice(0, index))));
}
