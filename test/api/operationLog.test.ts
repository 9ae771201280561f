import { createHmac } from "node:crypto";
import { createClient as createEventStreamClient } from "graphql-sse";
import WebSocket from "ws";
import { submit } from "../support/api/changes";
import { keepingLogger } from "../support/api/logLines";
import { readMetrics } from "../support/api/metrics";
import { dana, joan, startTestApi, type TestApi } from "../support/api/testApi";
import { until } from "../support/until";
import { waitFor } from "../support/waitFor";

const { logger, lines, text } = keepingLogger();
const secret = "a secret of the form links, long enough";
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, logger, environment: { FORM_URL_SECRET: secret } });
});
afterAll(() => api.stop());
beforeEach(async () => {
  await api.clearRequests();
  lines.length = 0;
});

const operations = () => lines.filter(({ msg }) => msg === "operation");
const operationOf = (requestId: string) =>
  waitFor(`the line of ${requestId}`, async () => operations().find((line) => line["requestId"] === requestId));

async function post(query: string, headers: Record<string, string> = {}, email: string | null = dana) {
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(email !== null && { authorization: `Bearer ${await api.tokenFor(email)}` }),
      ...headers,
    },
    body: JSON.stringify({ query }),
  });
  await response.text();
  return response.headers.get("x-request-id") ?? "";
}

test("a request keeps the id that it came with, and its log line has it", async () => {
  expect(await post("query WhoAmI { viewer { email } }", { "x-request-id": "checkout-17" })).toBe("checkout-17");
  expect(await operationOf("checkout-17")).toMatchObject({
    transport: "http",
    type: "query",
    name: "WhoAmI",
    field: "viewer",
    outcome: "ok",
    milliseconds: expect.any(Number),
    parties: ["customer"],
  });
});

test("requests through a proxy that is not trusted are one warning, which names the variable", async () => {
  for (let i = 0; i < 2; i += 1) await post("{ viewer { email } }", { "x-forwarded-for": "192.0.2.1" });
  expect(lines.filter(({ msg }) => String(msg).includes("set TRUSTED_PROXIES"))).toEqual([
    expect.objectContaining({ level: 40 }),
  ]);
});

test.each([["a b"], ["x".repeat(129)], ['"},{"level":60'], ["%0aoops"]])(
  "an id that could spoil a log is replaced: %s",
  async (given) => {
    expect(await post("{ viewer { email } }", { "x-request-id": given })).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test("every answer names its request, whatever it says", async () => {
  for (const path of ["/livez", "/nothing", "/forms/nonsense", "/metrics"]) {
    expect((await fetch(`${api.url}${path}`)).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test("a flood of refusals is counted to the last, has a hundred lines a second, and lines again after it", async () => {
  const refused = { transport: "http", outcome: "refused" };
  const before = (await readMetrics(api.url)).value("changeover_operations_total", refused) ?? 0;
  const second = 1_000_000_000; // no second that the process reaches by itself
  const clock = jest.spyOn(performance, "now").mockReturnValue(second);
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => post("{ viewer { email } }", {}, null)));
  }
  expect((await readMetrics(api.url)).value("changeover_operations_total", refused)).toBe(before + 500);
  expect(operations()).toHaveLength(100);
  clock.mockReturnValue(second + 1_000);
  await operationOf(await post("{ viewer { email } }", {}, null));
  clock.mockRestore();
});

test("a person is named by a hash that only who has the secret can make: docs/operations.md", async () => {
  const { viewer } = await operationOf(await post("{ viewer { email } }"));
  expect(viewer).toBe(createHmac("sha256", secret).update(`viewer:${dana}`).digest("hex").slice(0, 16));
});

test("a stranger's request has a line with the code, and no name of anybody", async () => {
  const line = await operationOf(await post("{ viewer { email } }", {}, null));
  expect(line).toMatchObject({ type: "none", field: "none", outcome: "refused", codes: ["UNAUTHENTICATED"] });
  expect(line).not.toHaveProperty("viewer");
});

test("a document that is not valid gives away no name and no field of it", async () => {
  const line = await operationOf(await post("query Sneaky { nothingLikeIt }"));
  expect(line).toMatchObject({ type: "none", field: "none", outcome: "refused", codes: ["GRAPHQL_VALIDATION_FAILED"] });
  expect(line).not.toHaveProperty("name");
});

test("queries that went well are for debugging; mutations and what was refused are told at info", async () => {
  const level = async (query: string) => {
    const { level: found, type } = await operationOf(await post(query));
    return [type, found];
  };
  expect(await level("{ viewer { email } }")).toEqual(["query", 20]);
  expect(await level('mutation { cancelCocp(input: { requestId: "COCP-NONE" }) { userErrors { code } } }')).toEqual([
    "mutation",
    30,
  ]);
  expect(await level("{ viewer { nothing } }")).toEqual(["none", 30]);
});

test("an error's cause is logged beside its operation's line", async () => {
  const { requestId } = await submit(api);
  await api.rows("ALTER TABLE cocp_signatures RENAME TO cocp_signatures_gone");
  const id = await post(`{ cocpRequest(requestId: "${requestId}") { signature { lastName } } }`);
  await api.rows("ALTER TABLE cocp_signatures_gone RENAME TO cocp_signatures");
  expect(await operationOf(id)).toMatchObject({ outcome: "failed", codes: ["INTERNAL_SERVER_ERROR"] });
  expect(lines.find(({ msg }) => msg === "an operation failed")).toMatchObject({ errorId: expect.any(String) });
});

describe("over a WebSocket", () => {
  test("the handshake names the socket, and each operation of it has a number", async () => {
    let id: string | undefined;
    class Named extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: { "x-request-id": "portal-3" } });
        this.once("upgrade", ({ headers }) => void (id = String(headers["x-request-id"])));
      }
    }
    const socket = api.socket(joan, { webSocketImpl: Named });
    await new Promise<void>((resolve, reject) => {
      socket.subscribe({ query: "{ viewer { email } }" }, { next: () => {}, error: reject, complete: () => resolve() });
    });
    expect(id).toBe("portal-3");
    expect(await operationOf("portal-3/1")).toMatchObject({ transport: "websocket", type: "query", field: "viewer" });
    await socket.dispose();
  });

  test("a subscription has one line, at its end, with the number of answers", async () => {
    const socket = api.socket(dana);
    let answers = 0;
    const end = socket.subscribe(
      { query: "subscription Watch { cocpEvents { type } }" },
      { next: () => void (answers += 1), error: () => {}, complete: () => {} },
    );
    await waitFor("the subscription", async () => (await subscriptions("websocket")) === 1);
    await submit(api);
    await until(() => answers > 0);
    end();
    const line = await waitFor("its line", async () => operations().find(({ type }) => type === "subscription"));
    expect(line).toMatchObject({ name: "Watch", field: "cocpEvents", deliveries: answers, outcome: "ok" });
    expect(await subscriptions("websocket")).toBe(0);
    const { value } = await readMetrics(api.url);
    expect(value("changeover_deliveries_total", { transport: "websocket" })).toBe(answers);
    await socket.dispose();
  });
});

test("a subscription over an event stream is seen like one over a socket", async () => {
  const authorization = `Bearer ${await api.tokenFor(dana)}`;
  const client = createEventStreamClient({ url: `${api.url}/graphql/stream`, headers: { authorization } });
  const end = client.subscribe(
    { query: "subscription { cocpEvents { type } }" },
    { next: () => {}, error: () => {}, complete: () => {} },
  );
  await waitFor("the subscription", async () => (await subscriptions("event-stream")) === 1);
  end();
  client.dispose();
  const line = await waitFor("its line", async () => operations().find(({ type }) => type === "subscription"));
  expect(line).toMatchObject({ transport: "event-stream", outcome: "ok", deliveries: 0 });
});

test("a form that is fetched has a line with the person, and without the link", async () => {
  const response = await fetch(`${api.url}/forms/not-a-link`);
  const line = await operationOf(response.headers.get("x-request-id") ?? "");
  expect(line).toMatchObject({ type: "download", field: "form", outcome: "refused", codes: ["NOT_FOUND"] });
});

test("operations are counted by what they are and what became of them", async () => {
  const labels = { transport: "http", type: "query", outcome: "ok" };
  const before = (await readMetrics(api.url)).value("changeover_operations_total", labels) ?? 0;
  await post("{ viewer { email } }");
  await post("{ viewer { email } }", {}, null);
  const { value } = await readMetrics(api.url);
  expect(value("changeover_operations_total", labels)).toBe(before + 1);
  expect(value("changeover_errors_total", { code: "UNAUTHENTICATED" })).toBeGreaterThan(0);
  expect(value("changeover_operation_duration_seconds_count", { type: "query", field: "viewer" })).toBeGreaterThan(0);
  await until(async () => {
    const { value: now } = await readMetrics(api.url);
    return (now("changeover_http_requests_total", { route: "/graphql", method: "POST", status: "401" }) ?? 0) > 0;
  });
});

test("no label has a word of a caller's", async () => {
  await post("query Sneaky { viewer { email } }");
  await post("query { sneakyField }");
  await fetch(`${api.url}/sneaky-path`, { method: "POST" });
  await fetch(`${api.url}/graphql`, { method: "PROPFIND" });
  expect(await metrics()).not.toMatch(/sneaky|propfind/i);
});

test("nowhere in the log is an address of a person or client, a name, a note, a token, a variable or a document", async () => {
  await submit(api);
  await post(
    'mutation { declineCocp(input: { requestId: "COCP-SECRETID", note: "a private note" }) { userErrors { code } } }',
  );
  await post('{ cocpRecords(first: "literal words") { totalCount } }');
  await post('{ cocpRecords(after: "literal words") { totalCount } }');
  await post('{ nodes(ids: "literal words") { id } }');
  await post("{ viewer { email } }", { authorization: "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl" }, null);
  const wholeLog = text();
  expect(wholeLog.length).toBeGreaterThan(1_000);
  expect(wholeLog).not.toMatch(/@|whitfield|petrie|a private note|COCP-SECRETID|literal words|192\.0\.2\.|eyJ|Bearer/i);
});

const metrics = async () => (await readMetrics(api.url)).text;
const subscriptions = async (transport: string) =>
  (await readMetrics(api.url)).value("changeover_subscriptions", { transport });
