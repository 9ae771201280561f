import { createServer } from "node:http";
import { requestUrlOf } from "../../../src/server/http/requestUrl";
import type { Route } from "../../../src/server/http/route";

/** Serves routes on a free port of 127.0.0.1, as the API's server does. */
export async function serveRoutes(routes: readonly Route[]): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const url = requestUrlOf(request);
    const fits = ({ path }: Route) => (path.endsWith("/") ? url.pathname.startsWith(path) : url.pathname === path);
    const route = routes.find((one) => one.methods.includes(request.method ?? "") && fits(one));
    if (route === undefined) return void response.writeHead(404).end();
    void Promise.resolve(route.handle(request, response, url)).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${address.port}`, stop };
}
