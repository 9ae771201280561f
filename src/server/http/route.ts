import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestUrl } from "./requestUrl";

/** One path of the HTTP server. */
export interface Route {
  /** OPTIONS is the server's own. */
  readonly methods: readonly string[];
  /** The exact path, or a prefix when it ends in a slash and is not the root. */
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse, url: RequestUrl): Promise<void> | void;
}
