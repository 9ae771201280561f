import { GraphQLError } from "graphql";
import type { ObservedOperation } from "./operationObserver";
import type { Operations } from "./operations";

/** A request as Apollo Server is given it: the body of a POST, or the parameters of a GET. */
interface Asked {
  readonly body: unknown;
  readonly search: string;
}

/** The request with the document in place of its id; or why it gets none. What is no request is left to Apollo Server. */
export function withDocument(
  operations: Operations,
  body: unknown,
  { search }: URL,
  observed: ObservedOperation,
): Asked | GraphQLError {
  if (body === undefined) {
    const parameters = new URLSearchParams(search);
    const query = operations.asked(parameters.get("query"), parameters.get("documentId"), observed);
    if (query instanceof GraphQLError) return query;
    if (!parameters.has("documentId")) return { body, search };
    parameters.delete("documentId");
    parameters.set("query", String(query));
    return { body, search: `?${parameters.toString()}` };
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { body, search };
  const { documentId, ...more } = body as Readonly<Record<string, unknown>>;
  const query = operations.asked(more["query"], documentId, observed);
  return query instanceof GraphQLError ? query : { body: { ...more, query }, search };
}

/** In what a document goes beyond the limits: looked at before Apollo Server applies the rules of the specification to it. */
export function excessIn(operations: Operations, body: unknown, search: string, observed: ObservedOperation) {
  const query =
    body === undefined ? new URLSearchParams(search).get("query") : (body as { query?: unknown } | null)?.query;
  return typeof query === "string" ? operations.excess(query, observed) : null;
}
