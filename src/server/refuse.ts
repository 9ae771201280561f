import type { ServerResponse } from "node:http";
import type { Logger } from "../logger";
import { maskError } from "../resolvers/maskError";
import { isUnavailable } from "../services/availability";
import { UnauthenticatedError } from "../services/readViewer";
import { answerError } from "./answers";
import { BodyError } from "./readBody";

/** Answers what failed before any operation ran. */
export function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  if (error instanceof BodyError) {
    // The rest of a body that is too large is not read: the connection is of no more use.
    const headers: Record<string, string> = error.status === 413 ? { connection: "close" } : {};
    return answerError(
      response,
      error.status,
      { message: error.message, extensions: { code: "BAD_USER_INPUT" } },
      headers,
    );
  }
  const { message } = error instanceof Error ? error : { message: "" };
  const masked = maskError({ message }, error, logger);
  if (error instanceof UnauthenticatedError) {
    return answerError(response, 401, masked, { "www-authenticate": 'Bearer realm="changeover"' });
  }
  answerError(response, isUnavailable(error) ? 503 : 500, masked);
}
