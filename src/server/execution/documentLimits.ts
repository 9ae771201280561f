import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { operationLimits } from "./operationLimits";

const sensitiveMutations = new Set(["initiateCocp", "updatePartnerNotificationContact", "resendPartnerNotification"]);

/** How large a selection is, its fragments included. */
interface Size {
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly depth: number;
  /** How deep it goes below `__schema` and `__type`. */
  readonly introspectionDepth: number;
  /** The most selections of one answer's field in one place. */
  readonly sameField: number;
  /** How often it names each of its own fields, by the schema's name and by the answer's. */
  readonly names: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, number>;
}

const none: ReadonlyMap<string, number> = new Map();
const nothing = { fields: 0, aliases: 0, directives: 0, depth: 0, introspectionDepth: 0, sameField: 0 };
const empty: Size = { ...nothing, names: none, keys: none };

/**
 * Returns the first limit that the document exceeds, or null. Takes time in proportion to the text: each fragment is
 * measured once. The rules of the specification report cycles of fragments.
 */
export function excessOf(document: DocumentNode): GraphQLError | null {
  const { definitions } = operationLimits;
  if (document.definitions.length > definitions) {
    return new GraphQLError(`A document may have ${definitions} operations and fragments. Send several documents.`);
  }
  const measure = new DocumentMeasure(document);
  for (const definition of document.definitions) {
    const excess = definition.kind === Kind.OPERATION_DEFINITION ? excessOfOperation(definition, measure) : null;
    if (excess !== null) return excess;
  }
  return null;
}

function excessOfOperation(operation: OperationDefinitionNode, measure: DocumentMeasure): GraphQLError | null {
  const { names, ...size } = measure.sizeOf(operation.selectionSet);
  const isMutation = operation.operation === "mutation";
  const count = (counts: (name: string) => boolean) =>
    [...names].reduce((sum, [name, times]) => sum + (counts(name) ? times : 0), 0);
  const sizes: readonly (readonly [what: string, size: number, limit: number])[] = [
    ["fields at the top", count(() => true), isMutation ? operationLimits.mutations : operationLimits.rootFields],
    [
      `of ${[...sensitiveMutations].join(", ")}`,
      isMutation ? count((name) => sensitiveMutations.has(name)) : 0,
      operationLimits.sensitiveMutations,
    ],
    ["fields", size.fields, operationLimits.fields],
    ["aliases", size.aliases, operationLimits.aliases],
    ["directives", size.directives + (operation.directives?.length ?? 0), operationLimits.directives],
    ["selections of the same field in one place", size.sameField, operationLimits.sameField],
    ["levels", size.depth, operationLimits.depth],
    ["levels of introspection", size.introspectionDepth, operationLimits.introspectionDepth],
  ];
  const beyond = sizes.find(([, actual, limit]) => actual > limit);
  if (beyond === undefined) return null;
  const [what, actual, limit] = beyond;
  return new GraphQLError(
    `An operation may have ${limit} ${what}, and this has ${actual}. Split it into several requests.`,
    {
      nodes: operation,
    },
  );
}

/** Measures the selections of a document. Each fragment is measured once. */
class DocumentMeasure {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #measured = new Map<string, Size>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  sizeOf({ selections }: SelectionSetNode): Size {
    const names = new Map<string, number>();
    const keys = new Map<string, number>();
    const sum = { ...nothing, names, keys };
    for (const size of selections.map((selection) => this.#ofSelection(selection))) {
      sum.fields += size.fields;
      sum.aliases += size.aliases;
      sum.directives += size.directives;
      sum.depth = Math.max(sum.depth, size.depth);
      sum.introspectionDepth = Math.max(sum.introspectionDepth, size.introspectionDepth);
      sum.sameField = Math.max(sum.sameField, size.sameField);
      addTo(names, size.names);
      addTo(keys, size.keys);
    }
    sum.sameField = Math.max(sum.sameField, ...keys.values());
    return sum;
  }

  #ofSelection(selection: SelectionSetNode["selections"][number]): Size {
    const directives = selection.directives?.length ?? 0;
    if (selection.kind !== Kind.FIELD) {
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const inner = isSpread ? this.#ofFragment(selection.name.value) : this.sizeOf(selection.selectionSet);
      return { ...inner, directives: inner.directives + directives };
    }
    const name = selection.name.value;
    const inner = selection.selectionSet ? this.sizeOf(selection.selectionSet) : empty;
    const depth = 1 + Math.max(inner.depth, inner.introspectionDepth);
    const isIntrospection = name === "__schema" || name === "__type";
    return {
      fields: 1 + inner.fields,
      aliases: (selection.alias ? 1 : 0) + inner.aliases,
      directives: directives + inner.directives,
      depth: isIntrospection ? 0 : depth,
      introspectionDepth: isIntrospection ? depth : 0,
      sameField: inner.sameField,
      names: new Map([[name, 1]]),
      keys: new Map([[selection.alias?.value ?? name, 1]]),
    };
  }

  #ofFragment(name: string): Size {
    const known = this.#measured.get(name);
    if (known !== undefined) return known;
    this.#measured.set(name, empty); // ends a cycle of fragments
    const fragment = this.#fragments.get(name);
    const size = fragment ? this.sizeOf(fragment.selectionSet) : empty;
    this.#measured.set(name, size);
    return size;
  }
}

function addTo(counts: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, times] of more) counts.set(name, (counts.get(name) ?? 0) + times);
}
