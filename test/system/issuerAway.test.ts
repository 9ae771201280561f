import { join } from "node:path";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { packageFolder } from "../../src/paths";
import { dana } from "../support/api/testApi";
import { until } from "../support/until";
import { prepareProcesses, type Processes } from "./processes";

/** Whoever issues tokens is away when a server starts, as after an outage of everything. */

let processes: Processes;
beforeAll(async () => {
  processes = await prepareProcesses();
  await processes.run("migrate");
  await processes.run("import", join(packageFolder, "demo"));
}, 60_000);
afterAll(() => processes.stop());

const query = "{ viewer { email } }";
const answer = { data: { viewer: { email: dana } } };

async function ready() {
  const response = await fetch(`${processes.url}/readyz`);
  return [response.status, await response.json()] as const;
}

async function askWith(token: string, path = "/graphql") {
  const response = await fetch(`${processes.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: await response.text() };
}

/** Asks by a stock client, with its own patience. */
function askPatiently(token: string) {
  const closings: [number, string][] = [];
  const client = createClient({
    url: `${processes.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    on: {
      closed(event) {
        const { code, reason } = event as CloseEvent;
        closings.push([code, reason]);
      },
    },
  });
  const answered = client.iterate({ query }).next();
  answered.catch(() => {}); // looked at once the issuer is back
  return { client, closings, answered };
}

test("a server starts without the issuer, is not ready, has everybody come again, and recovers by itself", async () => {
  const { issuer, tokenFor, start, url } = processes;
  const token = await tokenFor(dana);
  await issuer.stop();
  await start("serve");
  const problem = "the token issuer's keys can't be fetched (ECONNREFUSED)";
  const ok = { ok: true };
  const checks = { serving: ok, database: ok, migrations: ok, issuer: { ok: false, problem } };
  expect(await ready()).toEqual([503, { status: "not ready", problem, checks }]);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  for (const path of ["/graphql", "/graphql/stream"]) {
    const { status, body } = await askWith(token, path);
    const [error] = (JSON.parse(body) as { errors: { extensions: object }[] }).errors;
    expect([status, error?.extensions]).toEqual([503, { code: "SERVICE_UNAVAILABLE", retryAfter: 5 }]);
  }
  const { client, closings, answered } = askPatiently(token);
  try {
    await until(() => closings.length === 2);
    await issuer.restart();
    await until(async () => (await ready())[0] === 200);
    expect(JSON.parse((await askWith(token)).body)).toMatchObject(answer);
    expect((await answered).value).toMatchObject(answer);
    for (const closing of closings)
      expect(closing).toEqual([1013, expect.stringMatching(/^SERVICE_UNAVAILABLE: try again/)]);
  } finally {
    await client.dispose();
  }
}, 60_000);

test("an issuer that goes away later leaves the server ready, and who is known at work", async () => {
  const { issuer, tokenFor } = processes;
  const known = await tokenFor(dana);
  expect((await askWith(known)).status).toBe(200);
  await issuer.stop();
  expect((await ready())[0]).toBe(200);
  for (const token of [known, await tokenFor(dana)]) expect((await askWith(token)).status).toBe(200);
});
