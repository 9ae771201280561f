import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  Kind,
  typeFromAST,
  valueFromASTUntyped,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { fieldCosts, pageItems } from "./fieldCosts";

type Variables = Readonly<Record<string, unknown>>;
/** A number that is known now, or once there are variables. */
type Amount = number | ((variables: Variables) => number);

/** The cost of an operation with these variables, in points. */
export type CostOf = (variables: Variables | null | undefined) => number;

/**
 * Makes the function that tells what an operation costs, in points, before anything of it runs: every object that its
 * pages and lists can hold, and what fieldCosts has on its fields. The document must be valid. It is gone through
 * once, so that the function may be kept with it. Variables of a wrong type count as absent. Of a subscription it is
 * the cost of the answer to one event.
 */
export function compileCost(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): CostOf {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }

  function ofSelection({ selections }: SelectionSetNode, type: GraphQLCompositeType, page: Amount): Amount {
    return sum(
      selections.map((selection) => {
        if (selection.kind === Kind.FIELD) return ofField(selection, type, page);
        const part = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
        const narrowed = part?.typeCondition ? typeFromAST(schema, part.typeCondition) : type;
        return part && isCompositeType(narrowed) ? ofSelection(part.selectionSet, narrowed, page) : 0;
      }),
    );
  }

  function ofField(node: FieldNode, parent: GraphQLCompositeType, page: Amount): Amount {
    const name = node.name.value;
    const { points = 0, items = 1 } = fieldCosts[`${parent.name}.${name}`] ?? {};
    const type = "getFields" in parent ? parent.getFields()[name]?.type : undefined;
    const inner = getNamedType(type);
    if (!isCompositeType(inner) || isIntrospectionType(inner) || !node.selectionSet) return points;
    const each = sum([1, ofSelection(node.selectionSet, inner, pageOf(node))]);
    if (!isListType(getNullableType(type))) return sum([points, each]);
    return sum([points, product(items === "page" ? page : items === "ids" ? lengthOf(node, "ids") : items, each)]);
  }

  const root = schema.getRootType(operation.operation);
  const cost = root ? ofSelection(operation.selectionSet, root, pageItems.usual) : 0;
  const defaults = defaultsOf(operation);
  return (variables) => valueOf(cost, { ...defaults, ...variables });
}

/** How many items the page has that a field asks for. More than a page may have is for its resolver to refuse. */
function pageOf(node: FieldNode): Amount {
  const [first, last] = [argument(node, "first"), argument(node, "last")];
  if (first === null && last === null) return pageItems.usual;
  return (variables) => {
    const asked = [first, last].map((read) => read?.(variables)).filter((value) => typeof value === "number");
    return Math.min(Math.max(0, ...(asked.length > 0 ? asked : [pageItems.usual])), pageItems.most);
  };
}

function lengthOf(node: FieldNode, name: string): Amount {
  const read = argument(node, name);
  return (variables) => {
    const value = read?.(variables);
    return Array.isArray(value) ? value.length : 1;
  };
}

/** Reads an argument; null when it is not given. */
function argument(node: FieldNode, name: string): ((variables: Variables) => unknown) | null {
  const value: ValueNode | undefined = node.arguments?.find((given) => given.name.value === name)?.value;
  if (value === undefined) return null;
  return (variables) => valueFromASTUntyped(value, variables);
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

const valueOf = (amount: Amount, variables: Variables) => (typeof amount === "number" ? amount : amount(variables));

function sum(amounts: readonly Amount[]): Amount {
  const known = amounts.reduce<number>((total, amount) => total + (typeof amount === "number" ? amount : 0), 0);
  const others = amounts.filter((amount) => typeof amount !== "number");
  if (others.length === 0) return known;
  return (variables) => others.reduce((total, other) => total + other(variables), known);
}

function product(times: Amount, amount: Amount): Amount {
  if (typeof times === "number" && typeof amount === "number") return times * amount;
  return (variables) => valueOf(times, variables) * valueOf(amount, variables);
}
