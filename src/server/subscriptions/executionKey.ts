import { createHash } from "node:crypto";
import {
  getOperationAST,
  Kind,
  print,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type OperationDefinitionNode,
} from "graphql";

/** What a key says of a document's operation, whatever the variables: made once, for the thousands who ask the same. */
interface Asked {
  readonly digest: string;
  /** Names of the variables that its selection uses. */
  readonly used: ReadonlySet<string>;
  /** What it tells is meant for one person alone. */
  readonly isPersonal: boolean;
}

/**
 * Fields that are made for the person who reads them, whatever others may see as well: a link to a form names who fetches it.
 * By name alone, so that none is missed in a fragment.
 */
const personalFields: ReadonlySet<string> = new Set(["downloadUrl"]);

const known = new WeakMap<OperationDefinitionNode, Asked>();

/**
 * Names what a subscription asks of each event: its document, its operation and the variables that its selection uses.
 * Two with the same key, of viewers with the same rights, are told the same; from where each started and what each filters
 * does not matter, nor who asks, unless it is told something personal.
 */
export function sharingKey({ document, operationName, variableValues }: ExecutionArgs, email: string): string {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error("A subscription that runs has an operation");
  const asked = known.get(operation) ?? askedBy(operation, document);
  known.set(operation, asked);
  const given = Object.entries(variableValues ?? {}).filter(([name]) => asked.used.has(name));
  const reader = asked.isPersonal ? [email] : [];
  if (given.length + reader.length === 0) return asked.digest;
  given.sort(([one], [other]) => (one < other ? -1 : 1));
  return digestOf([asked.digest, given, reader]);
}

function askedBy(operation: OperationDefinitionNode, { definitions }: DocumentNode): Asked {
  const bare = withoutRootArguments(operation);
  const fragments = definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const used = new Set<string>();
  let isPersonal = false;
  for (const node of [bare.selectionSet, ...fragments]) {
    visit(node, {
      Variable: ({ name }) => void used.add(name.value),
      Field: ({ name }) => void (isPersonal ||= personalFields.has(name.value)),
    });
  }
  // A variable that was not given has its default, one that is null has not.
  const defaults = (operation.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
  const digest = digestOf([print(bare.selectionSet), fragments.map(print), defaults.map(print)]);
  return { digest, used, isPersonal };
}

const digestOf = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("base64url");

function withoutRootArguments(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection,
  );
  return { ...operation, selectionSet: { ...operation.selectionSet, selections } };
}
