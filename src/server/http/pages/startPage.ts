import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder } from "../../../paths";
import { answer } from "../responses";
import type { Route } from "../route";

/** The documentation that the page links to, by file. */
const documents: Readonly<Record<string, string>> = {
  "front-end.md": "for front-end developers: operations, errors, limits",
  "partner-dashboard.md": "for live dashboards: the feed",
  "integrators.md": "for integrators: import files",
  "operations.md": "for operators",
};
const methods = ["GET", "HEAD"];
const securityHeaders = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

/** The page at `/` where there is no playground, and the documentation that it links to. */
export function createStartPage(): Route[] {
  const page = startPage();
  const pages = Object.keys(documents).map((name) => documentRoute(name));
  return [
    {
      methods,
      path: "/",
      handle: (_request, response) => answer(response, 200, "text/html; charset=utf-8", page, securityHeaders),
    },
    ...pages,
  ];
}

function documentRoute(name: string): Route {
  return {
    methods,
    path: `/docs/${name}`,
    async handle(_request, response) {
      const text = await readFile(join(packageFolder, "docs", name));
      answer(response, 200, "text/plain; charset=utf-8", text, securityHeaders);
    },
  };
}

/** Its links are relative: a proxy may serve it below a path. */
function startPage(): string {
  const links = Object.entries(documents).map(([name, what]) => `<li><a href="docs/${name}">${name}</a>, ${what}</li>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Changeover</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }</style>
<h1>Changeover</h1>
<p>The API for changes of channel partner under a Microsoft Enterprise Agreement. It has no pages
of its own: portals send GraphQL to <code>graphql</code>, with an access token.</p>
<p><a href="readyz">readyz</a> says whether it is ready. Documentation:</p>
<ul>
${links.join("\n")}
</ul>
</html>
`;
}
