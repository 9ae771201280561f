import type { IncomingMessage } from "node:http";
import { parse as parseContentType } from "content-type";
import { RequestError } from "../execution/operationRequest";

/**
 * The target of a request. A target that begins with a slash is a path, used as it is up to the query (RFC 9112,
 * 3.2.1).
 */
export interface RequestUrl {
  readonly pathname: string;
  /** Without the question mark. */
  readonly query: string;
}

/**
 * Splits a request's target. Decodes and resolves nothing: `//x`, `/\x` and `/x/%2e%2e/y` are names like any others.
 */
export function requestUrlOf({ url = "" }: Pick<IncomingMessage, "url">): RequestUrl {
  const end = url.indexOf("?");
  return end < 0 ? { pathname: url, query: "" } : { pathname: url.slice(0, end), query: url.slice(end + 1) };
}

/** Types that a page may send to another origin without a preflight. */
const simpleTypes: ReadonlySet<string> = new Set([
  "",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

/**
 * The parameters of a GET (GraphQL over HTTP, "GET"). Throws RequestError (BAD_USER_INPUT), also without a header
 * that makes browsers send a preflight: any page could send such a request.
 */
export function paramsInUrl({ headers }: IncomingMessage, query: string): Record<string, unknown> {
  const { type } = parseContentType(headers["content-type"] ?? "");
  const isPreflighted = headers["apollo-require-preflight"] || headers["x-apollo-operation-name"];
  if (!isPreflighted && simpleTypes.has(type)) {
    throw invalid("By GET, send the header apollo-require-preflight: 1 or content-type: application/json.");
  }
  const params = new URLSearchParams(query);
  const only = (name: string) => {
    const [value = null, ...others] = params.getAll(name);
    if (others.length > 0) throw invalid(`Send the parameter ${name} once.`);
    return value;
  };
  return {
    query: only("query"),
    operationName: only("operationName"),
    documentId: only("documentId"),
    variables: jsonIn("variables", only("variables")),
    extensions: jsonIn("extensions", only("extensions")),
  };
}

function jsonIn(name: string, text: string | null): unknown {
  if (text === null || text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`The parameter ${name} is not JSON.`);
  }
}

function invalid(message: string): RequestError {
  return new RequestError("BAD_USER_INPUT", message);
}
