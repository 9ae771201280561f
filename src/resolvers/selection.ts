import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionSetNode } from "graphql";

/**
 * Names of the selected fields of a page and of its nodes, nested ones too: `request`, `request.submittedAt`. A field
 * under `@skip` or `@include` counts as selected.
 */
export interface PageSelection {
  readonly page: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
}

/** Derives a value from the selection of a page, once for each field of a cached document. */
export function ofSelection<Made>(make: (selection: PageSelection) => Made): (info: GraphQLResolveInfo) => Made {
  const made = new WeakMap<FieldNode, Made>();
  return (info) => {
    const [field, ...others] = info.fieldNodes;
    const known = field && others.length === 0 ? made.get(field) : undefined;
    if (known !== undefined) return known;
    const fresh = make(selectionOf(info));
    if (field && others.length === 0) made.set(field, fresh);
    return fresh;
  };
}

function selectionOf({ fieldNodes, fragments }: GraphQLResolveInfo): PageSelection {
  const [page, nodes] = [new Set<string>(), new Set<string>()];
  for (const { selectionSet } of fieldNodes) {
    for (const { name } of fieldsOf(selectionSet, fragments)) page.add(name.value);
    for (const name of nodesOf(selectionSet, fragments)) nodes.add(name);
  }
  return { page, nodes };
}

type Fragments = GraphQLResolveInfo["fragments"];

/** The selected fields of `nodes` and of `edges { node }`. */
function* nodesOf(page: SelectionSetNode | undefined, fragments: Fragments): Generator<string> {
  for (const { name, selectionSet } of fieldsOf(page, fragments)) {
    if (name.value === "edges") yield* nodesOf(selectionSet, fragments);
    else if (name.value === "nodes" || name.value === "node") {
      for (const field of fieldsOf(selectionSet, fragments)) {
        yield field.name.value;
        for (const { name: part } of fieldsOf(field.selectionSet, fragments)) yield `${field.name.value}.${part.value}`;
      }
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
