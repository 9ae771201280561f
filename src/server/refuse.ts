import type { ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import type { Logger } from "../logger";
import { maskError } from "../resolvers/maskError";
import { isUnavailable } from "../services/availability";
import { RateLimitedError } from "../services/rateLimits";
import { UnauthenticatedError } from "../services/readViewer";
import { answerError } from "./answers";
import { UnusableRequestError } from "./readBody";

/** Answers what failed before any operation ran. Gives the error that the caller is told. */
export function refuse(response: ServerResponse, error: unknown, logger: Logger): GraphQLFormattedError {
  if (error instanceof UnusableRequestError) {
    // The rest of a body that is too large is not read: the connection is of no more use.
    const headers: Record<string, string> = error.status === 413 ? { connection: "close" } : {};
    const told = { message: error.message, extensions: { code: "BAD_USER_INPUT" } };
    answerError(response, error.status, told, headers);
    return told;
  }
  const { message } = error instanceof Error ? error : { message: "" };
  const masked = maskError({ message }, error, logger);
  if (error instanceof UnauthenticatedError) {
    answerError(response, 401, masked, { "www-authenticate": 'Bearer realm="changeover"' });
  } else if (error instanceof RateLimitedError) answerError(response, 429, masked);
  else answerError(response, isUnavailable(error) ? 503 : 500, masked);
  return masked;
}
