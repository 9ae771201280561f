import type { GraphQLFormattedError } from "graphql";
import { whenToTryAgain } from "./answers";

const refusals = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "QUERY_TOO_COMPLEX",
  "PERSISTED_QUERY_NOT_FOUND",
  "DOCUMENT_NOT_TRUSTED",
]);

/** An error of an answer, as far as it is looked at. */
type Refusal = Pick<GraphQLFormattedError, "extensions">;

/**
 * The HTTP status of an operation that was refused before it ran: 400, but 200 to a client that asks for `application/json`
 * by name and nothing newer. Such a client may take any other status for a word of a proxy and not look at the body (GraphQL
 * over HTTP, "application/json").
 */
export function statusOfRefusal(accept: string | undefined, errors: readonly Refusal[]): number {
  const asks = (type: string) => accept?.toLowerCase().includes(type) === true;
  const isLegacy = asks("application/json") && !asks("application/graphql-response+json");
  const codes = errors.map(({ extensions }) => extensions?.["code"]);
  return isLegacy && codes.every((code) => typeof code === "string" && refusals.has(code)) ? 200 : 400;
}

/** The status, and headers, of an operation that ran. */
export function statusOfResult(errors: readonly Refusal[]): { status: number; headers: Record<string, string> } {
  const has = (code: string) => errors.some(({ extensions }) => extensions?.["code"] === code);
  const status = has("RATE_LIMITED") ? 429 : has("SERVICE_UNAVAILABLE") ? 503 : 200;
  return { status, headers: whenToTryAgain(errors) };
}
