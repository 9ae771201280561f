import { GraphQLError, type ExecutionResult, type GraphQLSchema } from "graphql";
import type { RequestContext } from "../../../src/resolvers/requestContext";
import { createLogger } from "../../../src/logger";
import { interpretOperation } from "../../../src/server/execution/compileOperation";
import { OperationObserver } from "../../../src/server/observability/operationObserver";
import type { Operation } from "../../../src/server/execution/operationCache";
import { OperationError } from "../../../src/server/execution/operationRequest";
import { createMetrics } from "../../../src/server/observability/metrics";
import { createPseudonymize } from "../../../src/server/observability/pseudonyms";
import { noTracing } from "../../../src/tracing/tracing";
import { createTestPipeline } from "../api/testPipeline";
import { randomRequest } from "./randomDocuments";

/** A request that was answered otherwise than graphql-js answers it. */
export interface Difference {
  readonly seed: number;
  readonly query: string;
  readonly variables: unknown;
  readonly answer: ExecutionResult;
  readonly expected: ExecutionResult;
}

export interface Comparison {
  /** Valid requests that were compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/** Sends `count` valid random requests to the pipeline, and to graphql-js by the same pipeline. */
export async function compareRandomRequests(schema: GraphQLSchema, count: number, seed: number): Promise<Comparison> {
  const compare = createComparison(schema);
  const differences: Difference[] = [];
  let compared = 0;
  for (let next = seed; compared < count; next += 1) {
    const { query, variables } = randomRequest(schema, next);
    const comparison = await compare(query, variables);
    if (comparison === null) continue;
    compared += 1;
    const { isSame, answer, expected } = comparison;
    if (!isSame) differences.push({ seed: next, query, variables, answer, expected });
    if (differences.length === 5) break;
  }
  return { compared, differences };
}

/** Compares the pipeline's answer with that of graphql-js, as the client gets them. Null: the document is not valid. */
export function createComparison(schema: GraphQLSchema, rootOf: () => unknown = () => ({})) {
  const { operations, pipeline } = createTestPipeline(schema);
  const observer = new OperationObserver({
    logger: createLogger("silent", "json"),
    metrics: createMetrics(),
    pseudonymize: createPseudonymize("any"),
    tracing: noTracing,
  });
  const admit = (query: string, variables: Readonly<Record<string, unknown>>) => {
    try {
      const operation = operations.recall(query, null) ?? operations.admit(query, null);
      return { operation, values: pipeline.coerce(operation, variables).values };
    } catch (error) {
      if (error instanceof OperationError || error instanceof GraphQLError) return null;
      throw error;
    }
  };
  return async (query: string, variables: Readonly<Record<string, unknown>>) => {
    const observed = observer.begin("http", "1");
    const admitted = admit(query, variables);
    if (admitted === null) return null;
    const { operation, values } = admitted;
    const interpreted = { ...operation, run: interpretOperation(schema, operation.document, operation.definition) };
    const execute = (one: Operation) =>
      pipeline.execute(one, { values, context: {} as RequestContext, root: rootOf(), observed });
    const answer = await execute(operation);
    const expected = await execute(interpreted);
    return { isSame: areSame(answer, expected), answer, expected };
  };
}

/** Whether a client gets the same from both. */
function areSame(one: ExecutionResult, other: ExecutionResult): boolean {
  if (JSON.stringify(one.data) !== JSON.stringify(other.data)) return false;
  const [errors, others] = [errorsByPlace(one), errorsByPlace(other)];
  return (
    errors.size === others.size &&
    [...errors].every(([place, texts]) => {
      const expected = others.get(place) ?? new Set();
      return isPart(texts, expected) || isPart(expected, texts);
    })
  );
}

/**
 * The errors by the place that is null for them. The specification leaves open how many there are of one place: an
 * executor may stop at the first (6.4.4).
 */
function errorsByPlace({ data, errors = [] }: ExecutionResult): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const error of errors) {
    const path = error.path ?? [];
    let [value, depth] = [data as unknown, 0];
    for (; value != null && depth < path.length; depth += 1)
      value = (value as Record<string, unknown>)[path[depth] ?? ""];
    const place = JSON.stringify(path.slice(0, depth));
    const texts = places.get(place) ?? new Set();
    places.set(place, texts.add(JSON.stringify(error).replace(/"errorId":"[^"]+"/, '"errorId":""')));
  }
  return places;
}

const isPart = (some: ReadonlySet<string>, all: ReadonlySet<string>) => [...some].every((text) => all.has(text));
