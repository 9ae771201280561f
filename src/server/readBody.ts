import type { IncomingMessage } from "node:http";
import type { Payer } from "../services/rateLimits";

/** Bytes of a GraphQL request's body. */
const maxBodyBytes = 100_000;

/** The request can't be taken: the status, and what the caller is told. */
export class UnusableRequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The JSON body of a request. Throws UnusableRequestError: 413 too large, 415 not plain JSON, 400 malformed. Whoever sent it pays for
 * one that is none as for a document that is none; not for a connection that was lost meanwhile.
 */
export async function readJsonBody(request: IncomingMessage, payer: Pick<Payer, "payRefused">): Promise<unknown> {
  try {
    return await readJson(request);
  } catch (error) {
    if (!isLost(request)) await payer.payRefused();
    throw error;
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new UnusableRequestError(415, "Send the body uncompressed.");
  if (!/^application\/(json|graphql\+json)\b/i.test(request.headers["content-type"] ?? "")) {
    throw new UnusableRequestError(415, "Send JSON, with content-type: application/json.");
  }
  const body = await readAll(request);
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    throw new UnusableRequestError(400, "The body is not JSON in UTF-8.");
  }
}

function isLost({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

/** By events: the stream's async iterator costs more than all else about a small body. */
function readAll(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBodyBytes) return void chunks.push(chunk);
      request.pause();
      reject(new UnusableRequestError(413, `The body is larger than ${maxBodyBytes} bytes.`));
    });
    request.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on("error", reject);
    request.on("close", () => request.complete || reject(new UnusableRequestError(400, "The body ended early.")));
  });
}
