import type { IncomingMessage, ServerResponse } from "node:http";
import type { Route } from "../server/http/route";

/** A request that cannot be served; the message is for the person who sent it. */
export class DevHttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "DevHttpError";
  }
}

/** A path that exists only in `dev`. A DevHttpError becomes its status and `{"error": …}`. */
export function devRoute(method: "GET" | "POST", path: string, handle: Route["handle"]): Route {
  return {
    methods: method === "GET" ? ["GET", "HEAD"] : [method],
    path,
    async handle(request, response, url) {
      try {
        await handle(request, response, url);
      } catch (error) {
        if (!(error instanceof DevHttpError)) throw error;
        sendJson(response, { error: error.message }, error.status);
      }
    },
  };
}

/** Answers with a text of the given type. It is never kept by caches and never taken for another type. */
export function send(
  response: ServerResponse,
  contentType: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): void {
  response.writeHead(status, {
    "content-type": `${contentType}; charset=utf-8`,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Answers with JSON, indented for people who look at it in a terminal. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  send(response, "application/json", `${JSON.stringify(value, null, 2)}\n`, {}, status);
}

const maxBody = 10_000;

/**
 * The JSON value in a request's body, of at most 10 kB. Throws DevHttpError. Only `application/json` is taken, which
 * browsers send to another origin only with its leave, and nobody here gives it.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new DevHttpError(415, "Send JSON, with the header Content-Type: application/json");
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBody) throw new DevHttpError(413, `The body may have at most ${maxBody} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new DevHttpError(400, "The body is not JSON");
  }
}
