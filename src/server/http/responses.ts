import type { ServerResponse } from "node:http";
import type { GraphQLFormattedError } from "graphql";
import { LRUCache } from "lru-cache";
import Negotiator from "negotiator";
import { errorCodeOf } from "../../domain/errorCodes";
import { RequestError } from "../execution/operationRequest";

type Headers = Readonly<Record<string, string>>;
type WithExtensions = Pick<GraphQLFormattedError, "extensions">;

/** Responds with JSON that no cache keeps. */
export function answerJson(response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void {
  answer(response, status, "application/json; charset=utf-8", JSON.stringify(body), headers);
}

/** Responds with a body that no cache keeps; to HEAD without it. */
export function answer(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
  headers: Headers = {},
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

/** `Retry-After`, for proxies and clients that do not read bodies: the longest `retryAfter` of the errors. */
export function retryAfterOf(errors: readonly WithExtensions[]): Record<string, string> {
  const seconds = errors
    .map(({ extensions }) => extensions?.["retryAfter"])
    .filter((value) => typeof value === "number");
  return seconds.length === 0 ? {} : { "retry-after": String(Math.max(...seconds)) };
}

/** The status of an operation that was executed. */
export function statusOfResult(errors: readonly WithExtensions[]): number {
  const codes = errors.map(errorCodeOf);
  return codes.includes("RATE_LIMITED") ? 429 : codes.includes("SERVICE_UNAVAILABLE") ? 503 : 200;
}

const json = "application/json";
const graphqlJson = "application/graphql-response+json";
/** The media types of GraphQL over HTTP. The first is the default. */
const offered = [`${json}; charset=utf-8`, `${graphqlJson}; charset=utf-8`];
const negotiated = new LRUCache<string, string>({ max: 100 });

/** The media type of a response, by the request's Accept. Null when the client would take none. */
export function acceptedType(accept: string | undefined): string | null {
  if (accept === undefined || accept === "") return offered[0] ?? null;
  const known = negotiated.get(accept);
  if (known !== undefined) return known;
  const type = new Negotiator({ headers: { accept } }).mediaType(offered);
  if (type === undefined) return null;
  negotiated.set(accept, type);
  return type;
}

/** The same. Throws RequestError (NOT_ACCEPTABLE) instead of null. */
export function responseType(accept: string | undefined): string {
  const type = acceptedType(accept);
  if (type !== null) return type;
  const message =
    "Nothing was run: the response is JSON. Send accept: application/graphql-response+json, application/json";
  throw new RequestError("NOT_ACCEPTABLE", message);
}

/**
 * Whether a client accepts `application/json` by name and not the newer type. It may attribute any status but 200 to
 * a proxy and not read the body, so a rejected operation gets 200 (GraphQL over HTTP, "application/json").
 */
export function isLegacyClient(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const accepted = new Negotiator({ headers: { accept } }).mediaTypes();
  return accepted.includes(json) && !accepted.includes(graphqlJson);
}
