const refusals = new Set(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "QUERY_TOO_COMPLEX"]);

/**
 * The HTTP status of an operation that was refused before it ran: 400, but 200 to a client that asks for `application/json`
 * by name and nothing newer. Such a client may take any other status for a word of a proxy and not look at the body (GraphQL
 * over HTTP, "application/json").
 */
export function statusOfRefusal(accept: string | undefined, codes: readonly unknown[]): number {
  const asks = (type: string) => accept?.toLowerCase().includes(type) === true;
  const isLegacy = asks("application/json") && !asks("application/graphql-response+json");
  return isLegacy && codes.every((code) => typeof code === "string" && refusals.has(code)) ? 200 : 400;
}
