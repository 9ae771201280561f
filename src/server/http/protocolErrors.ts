import { RequestError } from "../execution/operationRequest";

/** A target that does not end within the first bytes of a connection. */
const endlessTarget = /^[A-Z]+ [^\s]+$/;

/** The error for what node:http could not read as a request. */
export function protocolError(error: Error): RequestError {
  const code: unknown = Reflect.get(error, "code");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new RequestError("REQUEST_TIMEOUT", "The request did not come to an end in time.");
  }
  if (code === "HPE_HEADER_OVERFLOW") {
    const bytes: unknown = Reflect.get(error, "rawPacket");
    return Buffer.isBuffer(bytes) && endlessTarget.test(bytes.toString("latin1"))
      ? new RequestError("URI_TOO_LONG", "The address is too long. Use POST.")
      : new RequestError("HEADERS_TOO_LARGE", "The headers of the request are too large.");
  }
  return new RequestError("BAD_USER_INPUT", "This is not a request of HTTP/1.1.");
}
