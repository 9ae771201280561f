import type { ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";

/** Answers with JSON that no cache keeps. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, "application/json; charset=utf-8", JSON.stringify(body), headers);
}

/** The header that tells again, for proxies and whoever does not look into bodies, when to try again: of errors that say so, the last. */
export function whenToTryAgain(errors: readonly Pick<GraphQLFormattedError, "extensions">[]): Record<string, string> {
  const seconds = errors.map(({ extensions }) => extensions?.["retryAfter"]).filter((told) => typeof told === "number");
  return seconds.length === 0 ? {} : { "retry-after": String(Math.max(...seconds)) };
}

/** Answers with one GraphQL error. */
export function answerError(
  response: ServerResponse,
  status: number,
  error: GraphQLFormattedError,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerJson(response, status, { errors: [error] }, { ...whenToTryAgain([error]), ...headers });
}

export function answer(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
