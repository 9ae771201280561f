import { randomUUID } from "node:crypto";
import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { BadInputError, CocpError } from "../domain/errors";
import type { Logger } from "../logger";
import { isUnavailable } from "../services/availability";
import { RateLimitedError } from "../services/rateLimits";
import { UnauthenticatedError } from "../services/readViewer";

/** Seconds after which a caller may try again when the database, or the issuer, is out of reach. */
const retryAfter = 5;

/**
 * What a caller is told of an error: nothing of the server's inside leaves it. An unforeseen error is logged under an
 * `errorId`, which is all that the caller gets.
 */
export function maskError(formatted: GraphQLFormattedError, error: unknown, logger: Logger): GraphQLFormattedError {
  const cause = unwrapResolverError(error);
  if (cause instanceof BadInputError || cause instanceof CocpError) {
    const { message, code, field } = cause;
    return retell(formatted, message, {
      code: cause instanceof CocpError ? "BAD_USER_INPUT" : code,
      ...(field && { field }),
    });
  }
  if (cause instanceof UnauthenticatedError) return retell(formatted, cause.message, { code: "UNAUTHENTICATED" });
  if (cause instanceof RateLimitedError) {
    return retell(formatted, cause.message, { code: "RATE_LIMITED", retryAfter: cause.retryAfter });
  }
  if (cause instanceof GraphQLError) return withoutInternals(formatted);
  if (isUnavailable(cause)) {
    logger.warn({ cause: String(cause) }, "an operation failed because the database, or the issuer, is out of reach");
    return retell(formatted, "The service is busy or restarting: try again.", {
      code: "SERVICE_UNAVAILABLE",
      retryAfter,
    });
  }
  const errorId = randomUUID();
  logger.error({ errorId, error: describe(cause) }, "an operation failed");
  return retell(formatted, "Internal server error", { code: "INTERNAL_SERVER_ERROR", errorId });
}

function retell(
  { locations, path }: GraphQLFormattedError,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLFormattedError {
  return { message, ...(locations && { locations }), ...(path && { path }), extensions };
}

/** An error that was meant for the caller: its code and field, without what only the server and who knows the schema are to know. */
function withoutInternals(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { stacktrace: _stack, http: _http, ...extensions } = formatted.extensions ?? {};
  return { ...formatted, message: formatted.message.replace(/ ?Did you mean .+\?$/s, ""), extensions };
}

function describe(error: unknown): unknown {
  return error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error);
}
