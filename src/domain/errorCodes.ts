/**
 * Every `extensions.code` that a transport can return, with the HTTP status of a request that fails with it as a
 * whole. An error of a single field leaves the status at 200. `docs/front-end.md` explains each of them; a test
 * compares.
 */
export const errorCodes = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  INVALID_CURSOR: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  PERSISTED_QUERY_NOT_FOUND: 400,
  PERSISTED_QUERY_NOT_SUPPORTED: 400,
  DOCUMENT_NOT_TRUSTED: 400,
  QUERY_TOO_COMPLEX: 400,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 408,
  LINK_EXPIRED: 410,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  UNSUPPORTED_MEDIA_TYPE: 415,
  MISDIRECTED_REQUEST: 421,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Whether a value is one of the codes that this service returns. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}

/** The code of a formatted error, or null when it has none of ours. */
export function errorCodeOf({ extensions }: { readonly extensions?: unknown }): ErrorCode | null {
  const code: unknown =
    typeof extensions === "object" && extensions !== null ? Reflect.get(extensions, "code") : undefined;
  return isErrorCode(code) ? code : null;
}
