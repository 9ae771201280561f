import type { IncomingMessage } from "node:http";
import { parse as parseContentType } from "content-type";
import getRawBody from "raw-body";
import { BodyLostError, RequestError } from "../execution/operationRequest";

/** Bytes. */
const defaultLimit = 100_000;
const jsonTypes: ReadonlySet<string> = new Set(["application/json", "application/graphql+json"]);
const utf8Names: ReadonlySet<string> = new Set(["utf-8", "utf8"]);
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the JSON body of a request, of at most `limit` bytes. Throws RequestError: PAYLOAD_TOO_LARGE,
 * UNSUPPORTED_MEDIA_TYPE, or BAD_USER_INPUT when it is not JSON in UTF-8; BodyLostError.
 */
export async function readJsonBody(request: IncomingMessage, limit = defaultLimit): Promise<unknown> {
  verifyEncoding(request);
  verifyType(request);
  const body = await readBody(request, limit);
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    throw new RequestError("BAD_USER_INPUT", "The body is not JSON in UTF-8.");
  }
}

/** Names of codings are compared without case, and `identity` is no coding at all (RFC 9110, 8.4). */
function verifyEncoding({ headers }: IncomingMessage): void {
  const encodings = headers["content-encoding"]?.split(",") ?? [];
  if (encodings.every((encoding) => ["", "identity"].includes(encoding.trim().toLowerCase()))) return;
  throw new RequestError("UNSUPPORTED_MEDIA_TYPE", "Send the body uncompressed.", { "accept-encoding": "identity" });
}

/** Only JSON is read: browsers send it to another origin with that origin's leave alone. */
function verifyType({ headers }: IncomingMessage): void {
  const { type, parameters } = parseContentType(headers["content-type"] ?? "");
  if (!jsonTypes.has(type)) {
    throw new RequestError("UNSUPPORTED_MEDIA_TYPE", "Send JSON, with content-type: application/json.", {
      accept: "application/json",
    });
  }
  if (utf8Names.has((parameters["charset"] ?? "utf-8").toLowerCase())) return;
  throw new RequestError("UNSUPPORTED_MEDIA_TYPE", "Send JSON in UTF-8.", { accept: "application/json" });
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  try {
    return await getRawBody(request, { limit, length: request.headers["content-length"] ?? null });
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "type") === "entity.too.large") {
      // The rest of the body is not read, so the connection cannot be used again.
      const headers = { connection: "close" };
      throw new RequestError("PAYLOAD_TOO_LARGE", `The body is larger than ${limit} bytes.`, headers);
    }
    throw new BodyLostError("The connection ended before the body had come", { cause: error });
  }
}
