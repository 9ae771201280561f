import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { packageFolder } from "../../../paths";
import type { Route } from "../route";

const securityHeaders = {
  // The page sends requests only to this server. Monaco, its editor, sets inline styles.
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * The playground: its page at `/`, the rest of its bundle under `/playground/`. `npm run build:playground` makes the
 * bundle; before that `/` responds with 503.
 */
export function createPlayground(): Route[] {
  // `dev` reads the disk for each request, so that a rebuilt bundle is served at once.
  const serve = sirv(join(packageFolder, "dist", "playground"), {
    dev: true,
    etag: true,
    setHeaders: (response, path) => {
      // File names of assets contain a hash of their content.
      if (path.startsWith("/assets/")) response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
    },
  });
  const handle = (request: IncomingMessage, response: ServerResponse, path: string, otherwise: () => void) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    delete request.headers.range; // serve whole files only
    request.url = path;
    serve(request, response, otherwise);
  };
  const methods = ["GET", "HEAD"];
  return [
    {
      methods,
      path: "/",
      handle: (request, response) => handle(request, response, "/", () => plain(response, 503, notBuilt)),
    },
    {
      methods,
      path: "/playground/",
      handle: (request, response, url) =>
        handle(request, response, url.pathname.slice("/playground".length), () =>
          plain(response, 404, "There is no such file.\n"),
        ),
    },
  ];
}

const notBuilt = "The playground has not been built yet: npm run build:playground\n";

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(text);
}
