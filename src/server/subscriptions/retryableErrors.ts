import type { GraphQLFormattedError } from "graphql";

/**
 * Why a subscription can't go on at present, although another try will: null when no error says so. Stock clients take an
 * error for the end of a subscription, so such a one is not told: the connection is closed, for them to come back and resume
 * by cursor.
 */
export function passingCause(
  errors: readonly Pick<GraphQLFormattedError, "extensions">[],
): "UNAUTHENTICATED" | "SERVICE_UNAVAILABLE" | null {
  const codes = errors.map(({ extensions }) => extensions?.["code"]);
  if (codes.includes("UNAUTHENTICATED")) return "UNAUTHENTICATED";
  return codes.includes("SERVICE_UNAVAILABLE") ? "SERVICE_UNAVAILABLE" : null;
}
