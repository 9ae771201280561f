import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from "graphql";

/**
 * The names of the fields that the page which is resolved is asked for, and of those that its nodes are. A field under `@skip`
 * or `@include` counts as one.
 */
export function selectionOf({ fieldNodes, fragments }: GraphQLResolveInfo): { page: Set<string>; nodes: Set<string> } {
  const [page, nodes] = [new Set<string>(), new Set<string>()];
  for (const { selectionSet } of fieldNodes) {
    for (const { name } of fieldsOf(selectionSet, fragments)) page.add(name.value);
    for (const name of nodesOf(selectionSet, fragments)) nodes.add(name);
  }
  return { page, nodes };
}

type Fragments = GraphQLResolveInfo["fragments"];

/** The names of the fields that are asked for of `nodes` and of `edges { node }`. */
function* nodesOf(page: SelectionSetNode | undefined, fragments: Fragments): Generator<string> {
  for (const { name, selectionSet } of fieldsOf(page, fragments)) {
    if (name.value === "edges") yield* nodesOf(selectionSet, fragments);
    else if (name.value === "nodes" || name.value === "node") {
      for (const field of fieldsOf(selectionSet, fragments)) yield field.name.value;
    }
  }
}

function* fieldsOf(selectionSet: SelectionSetNode | undefined, fragments: Fragments): Generator<FieldNode> {
  for (const selection of selectionSet?.selections ?? []) {
    switch (selection.kind) {
      case Kind.FIELD:
        yield selection;
        break;
      case Kind.INLINE_FRAGMENT:
        yield* fieldsOf(selection.selectionSet, fragments);
        break;
      case Kind.FRAGMENT_SPREAD:
        yield* fieldsOf(fragments[selection.name.value]?.selectionSet, fragments);
        break;
      default:
        selection satisfies never;
    }
  }
}
