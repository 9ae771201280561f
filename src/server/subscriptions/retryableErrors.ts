import type { GraphQLFormattedError } from "graphql";
import { errorCodeOf } from "../../domain/errorCodes";

/** The codes of errors after which a subscription can be resumed, with a new token or a little later. */
export type RetryableCode = "UNAUTHENTICATED" | "SERVICE_UNAVAILABLE";

/**
 * Returns the code of a retryable error, or null. Stock clients take an error for the end of a subscription. So
 * retryable errors are not sent: the connection is closed, and the client reconnects and resumes by cursor.
 */
export function retryableCode(errors: readonly Pick<GraphQLFormattedError, "extensions">[]): RetryableCode | null {
  const codes = errors.map(errorCodeOf);
  if (codes.includes("UNAUTHENTICATED")) return "UNAUTHENTICATED";
  return codes.includes("SERVICE_UNAVAILABLE") ? "SERVICE_UNAVAILABLE" : null;
}
