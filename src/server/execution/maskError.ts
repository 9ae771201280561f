import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { cutText } from "../../domain/cutText";
import { BadInputError, CocpError } from "../../domain/errors";
import { errorCodeOf, type ErrorCode } from "../../domain/errorCodes";
import type { Logger } from "../../logger";
import { isUnavailable } from "../../services/unavailable";
import { RateLimitedError } from "../../services/rateLimits";
import { UnauthenticatedError } from "../../services/directory/readViewer";
import { RequestError } from "./operationRequest";

/** Seconds after which a client may try again when the database, or the issuer, is out of reach. */
const retryAfter = 5;
/** Names, and types around names, that `cutText` cuts. */
const longName = /[\w$.[\]!]{101,}/g;
/** Messages of graphql-js and graphql-jit that print a value: their subject, and what follows it. */
const subjectOfMessage = /^(?:Argument|Variable) "[^"]+"/;
const invalidValue = /^(?: of type "[^"]+")? (?:has|got) invalid value\b/;

/** An error as a client gets it. `toJSON` returns exactly that. */
export class MaskedError extends GraphQLError {
  readonly #formatted: GraphQLFormattedError;

  constructor(formatted: GraphQLFormattedError) {
    const { message, path, extensions } = formatted;
    super(message, { path, extensions });
    this.#formatted = formatted;
  }

  override toJSON(): GraphQLFormattedError {
    return this.#formatted;
  }
}

/**
 * Turns whatever was thrown into the error that the client gets: with a documented code, without a value of the
 * caller, and without anything of the server's inside. Unexpected errors are logged under an `errorId`, which is all
 * that the client learns of them.
 */
export function maskError(error: unknown, logger: Logger): MaskedError {
  if (error instanceof MaskedError) return error;
  const place = error instanceof GraphQLError ? placeOf(error.toJSON()) : {};
  const respond = (code: ErrorCode, message: string, extensions: Readonly<Record<string, unknown>> = {}) =>
    new MaskedError({ message: cutNames(message), ...place, extensions: { code, ...extensions } });
  const cause = causeOf(error);
  if (cause instanceof BadInputError) return respond(cause.code, cause.message, fieldOf(cause));
  if (cause instanceof CocpError) return respond("BAD_USER_INPUT", cause.message, fieldOf(cause));
  if (cause instanceof RequestError) return respond(cause.code, cause.message);
  if (cause instanceof UnauthenticatedError) return respond("UNAUTHENTICATED", cause.message);
  if (cause instanceof RateLimitedError) {
    return respond("RATE_LIMITED", cause.message, { retryAfter: cause.retryAfter });
  }
  if (cause instanceof GraphQLError) {
    const code = errorCodeOf(cause);
    if (code !== null) return respond(code, cause.message, cause.extensions);
    const problem = argumentProblem(cause.message);
    if (problem !== null) return respond("BAD_USER_INPUT", problem);
  }
  if (isUnavailable(cause)) {
    logger.warn({ cause: String(cause) }, "an operation failed because the database, or the issuer, is out of reach");
    return respond("SERVICE_UNAVAILABLE", "The service is busy or restarting. Try again.", { retryAfter });
  }
  const errorId = randomUUID();
  logger.error({ errorId, error: describe(cause) }, "an operation failed");
  return respond("INTERNAL_SERVER_ERROR", "Internal server error", { errorId });
}

/** The error that a resolver threw, from the one that the executor made of it. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.path !== undefined ? (error.originalError ?? error) : error;
}

function placeOf({ locations, path }: GraphQLFormattedError): Pick<GraphQLFormattedError, "locations" | "path"> {
  return { ...(locations && { locations }), ...(path && { path }) };
}

const fieldOf = ({ field }: { readonly field?: readonly string[] | undefined }) => (field ? { field } : {});

/**
 * The problem of an argument whose value turns out invalid at run time, without the value. Null for other errors of
 * an executor, which are about our own values.
 */
function argumentProblem(message: string): string | null {
  if (/^Argument "\w+" (of required type|of non-null type) /.test(message)) return message;
  const [subject = ""] = subjectOfMessage.exec(message) ?? [];
  const isInvalid = subject !== "" && invalidValue.test(message.slice(subject.length));
  return isInvalid ? `${subject} has an invalid value.` : null;
}

function cutNames(message: string): string {
  return message.replace(longName, cutText);
}

function describe(error: unknown): unknown {
  return error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error);
}
