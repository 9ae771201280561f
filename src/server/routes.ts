import type { IncomingMessage, ServerResponse } from "node:http";

/** One path of the HTTP server. */
export interface Route {
  readonly methods: readonly string[];
  /** The exact path, or a prefix when it ends in a slash and is not the root. */
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> | void;
}
