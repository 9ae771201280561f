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
import type { Delivery } from "../../services/feed/delivery";
import type { EventResponse } from "./subscriptionResponses";

/** The part of a key that does not depend on variables. Computed once for all subscribers with the same document. */
interface OperationFacts {
  readonly digest: string;
  /** Names of the variables that the selection uses. */
  readonly usedVariables: ReadonlySet<string>;
  /** Whether the response differs between two viewers with the same rights. */
  readonly isPersonal: boolean;
}

/**
 * Fields whose value is made for one viewer: the link to a form names the person who may follow it. Matched by name
 * alone, so that none is missed in a fragment.
 */
const personalFields: ReadonlySet<string> = new Set(["downloadUrl"]);

const factsByOperation = new WeakMap<OperationDefinitionNode, OperationFacts>();

/**
 * The key of what a subscription selects from each event: its selection and the variables that this uses. Two
 * subscribers with the same key and the same rights get the same responses, so one execution serves both. Cursor and
 * filter do not count. The viewer counts only if the selection has personal fields.
 */
export function executionKey({ document, operationName, variableValues }: ExecutionArgs, email: string): string {
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error("A subscription that runs has an operation");
  const facts = factsByOperation.get(operation) ?? readFacts(operation, document);
  factsByOperation.set(operation, facts);
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => facts.usedVariables.has(name));
  const viewers = facts.isPersonal ? [email] : [];
  if (variables.length + viewers.length === 0) return facts.digest;
  variables.sort(([one], [other]) => (one < other ? -1 : 1));
  return digestOf([facts.digest, variables, viewers]);
}

function readFacts(operation: OperationDefinitionNode, { definitions }: DocumentNode): OperationFacts {
  const bare = withoutRootArguments(operation);
  const fragments = definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const usedVariables = new Set<string>();
  let isPersonal = false;
  for (const node of [bare.selectionSet, ...fragments]) {
    visit(node, {
      Variable: ({ name }) => void usedVariables.add(name.value),
      Field: ({ name }) => void (isPersonal ||= personalFields.has(name.value)),
    });
  }
  // An absent variable has its default, a null one does not.
  const defaults = (operation.variableDefinitions ?? []).filter(({ variable }) =>
    usedVariables.has(variable.name.value),
  );
  const digest = digestOf([print(bare.selectionSet), fragments.map(print), defaults.map(print)]);
  return { digest, usedVariables, isPersonal };
}

const digestOf = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("base64url");

function withoutRootArguments(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection,
  );
  return { ...operation, selectionSet: { ...operation.selectionSet, selections } };
}

interface SharedExecution {
  /** The viewer whose connection quota it runs with. */
  readonly email: string;
  readonly response: Promise<EventResponse>;
  /** The response for other viewers. One of them retries a failed execution, which may come from an exhausted quota. */
  forOthers: Promise<EventResponse> | null;
}

/** Executes an event once for all subscribers with the same key and rights. */
export function shareExecution(
  { shared }: Delivery,
  key: string,
  email: string,
  execute: () => Promise<EventResponse>,
): Promise<EventResponse> {
  const earlier = shared.get(key) as SharedExecution | undefined;
  if (earlier === undefined) {
    const response = execute();
    shared.set(key, { email, response, forOthers: null } satisfies SharedExecution);
    return response;
  }
  if (earlier.email === email) return earlier.response;
  return (earlier.forOthers ??= earlier.response.catch(execute));
}
