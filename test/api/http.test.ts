import { dana, startTestApi, type TestApi } from "../support/api/testApi";
import { setReachable } from "../support/data/testDatabase";
import { waitFor } from "../support/waitFor";

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  token = `Bearer ${await api.tokenFor(dana)}`;
});
afterAll(() => api.stop());

const whoAmI = "{ viewer { email } }";
const json = { "content-type": "application/json" };

/** A request to the API as dana, and its answer, which must be JSON. */
async function send(path: string, { headers, ...init }: RequestInit = {}) {
  const response = await fetch(`${api.url}${path}`, { ...init, headers: { authorization: token, ...headers } });
  const text = await response.text();
  const body: { data?: unknown; errors?: { message: string; extensions?: Record<string, unknown> }[] } | null =
    text === "" ? null : JSON.parse(text);
  return { status: response.status, headers: response.headers, body, text };
}
const post = (body: BodyInit, headers: HeadersInit = json) => send("/graphql", { method: "POST", body, headers });

test("answers in JSON that nothing keeps", async () => {
  const { status, headers, body } = await post(JSON.stringify({ query: whoAmI }));
  expect([status, body]).toMatchObject([200, { data: { viewer: { email: dana } } }]);
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test("answers in application/graphql-response+json to who asks for it", async () => {
  const headers = { ...json, accept: "application/graphql-response+json" };
  const { status, headers: answered } = await post(JSON.stringify({ query: whoAmI }), headers);
  expect([status, answered.get("content-type")]).toEqual([200, "application/graphql-response+json; charset=utf-8"]);
  expect((await post(JSON.stringify({ query: "{ nothing }" }), headers)).status).toBe(400);
});

const accepts = [
  undefined,
  "*/*",
  "application/json",
  "application/graphql-response+json, application/json;q=0.9",
  "application/json;q=0.5, application/graphql-response+json",
  "text/html",
];
const requests = [
  { query: '{ viewer { email } missing: node(id: "rec_none") { id } }' },
  { query: "query A { viewer { email } } query B { viewer { roles } }", operationName: "B" },
  { query: "query A($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: { ids: "acc_none" } },
  { query: "query A($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: { ids: { no: "list" } } },
  { query: "query A($ids: [ID!]!) { nodes(ids: $ids) { id } }" },
  { query: "query A($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: { ids: ["\u0000"] } },
  { query: "{ cocpRecords(first: 1000) { totalCount } }" },
  { query: "mutation { startCocpReview(input: {recordIds: []}) { records { id } } }", variables: {} },
  { query: "mutation { startCocpReview(input: {recordIds: []}) { records { id } } }", extensions: { a: 1 } },
  { query: "subscription { cocpEvents { id } }" },
  { query: "{ viewer { emails } }" },
];

/** What is left of the budget has more digits at one time than at another. */
const withoutBudget = (text: string) => text.replace(/"remaining":\d+,"resetsIn":\d+/, "");

test.each(accepts)("answers what comes again as it did the first time, to who accepts %p", async (accept) => {
  for (const [index, { query, ...more }] of requests.entries()) {
    const body = JSON.stringify({ query: `${query} # ${accept} ${index}`, ...more });
    const answers = [];
    for (let turn = 1; turn <= 3; turn += 1) {
      const { status, headers, text } = await post(body, { ...json, ...(accept && { accept }) });
      expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
      answers.push({
        status,
        headers: { ...Object.fromEntries(headers), date: null, "x-request-id": null, "content-length": null },
        text: withoutBudget(text),
      });
    }
    expect(answers.slice(1)).toEqual([answers[0], answers[0]]);
  }
});

test("refuses malformed JSON with JSON, and no stack", async () => {
  for (const malformed of ["{", "", "nonsense", '{"query": "\ud800', new Uint8Array([0x7b, 0xff, 0x7d])]) {
    const { status, body, text } = await post(malformed);
    expect([status, body?.errors?.length]).toEqual([400, 1]);
    expect(text).not.toMatch(/at \/|node_modules|\.[jt]s:/);
  }
});

test("refuses JSON that is no GraphQL request", async () => {
  for (const odd of ["null", "[]", "1", "{}", '{"query": 1}', `{"query": "${whoAmI}", "variables": 1}`]) {
    const { status, body } = await post(odd);
    expect(status).toBe(400);
    expect(body?.errors?.length).toBe(1);
  }
});

test("takes a body of 100 kB, and not one byte more", async () => {
  const query = JSON.stringify({ query: whoAmI });
  expect((await post(query.padEnd(100_000))).status).toBe(200);
  const { status, body } = await post(query.padEnd(100_001));
  expect([status, body?.errors?.[0]?.message]).toEqual([413, "The body is larger than 100000 bytes."]);
  expect((await post(query)).status).toBe(200);
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
  "refuses a body that is %s: 415",
  async (contentType) => {
    const { status, body } = await post(JSON.stringify({ query: whoAmI }), { "content-type": contentType });
    expect([status, body?.errors?.length]).toEqual([415, 1]);
  },
);

test("refuses a compressed body: 415", async () => {
  const { status } = await post(JSON.stringify({ query: whoAmI }), { ...json, "content-encoding": "gzip" });
  expect(status).toBe(415);
});

const get = (query: string, headers: HeadersInit = { "apollo-require-preflight": "1" }) =>
  send(`/graphql?${new URLSearchParams({ query })}`, { headers });

test("takes a query by GET, but no mutation and none that a page elsewhere could send unasked", async () => {
  expect((await get(whoAmI)).body).toMatchObject({ data: { viewer: { email: dana } } });
  expect((await get(whoAmI, {})).status).toBe(400);
  const { status, headers } = await get('mutation { acceptCocp(input: { requestId: "x" }) { records { id } } }');
  expect([status, headers.get("allow")]).toEqual([405, "POST"]);
});

test("refuses a subscription by POST, and says where it belongs", async () => {
  const { status, body } = await post(JSON.stringify({ query: "subscription { cocpEvents { id } }" }));
  expect([status, body?.errors?.[0]?.extensions]).toEqual([400, { code: "BAD_USER_INPUT" }]);
  expect(body?.errors?.[0]?.message).toContain("WebSocket");
});

test("refuses a batch of operations", async () => {
  expect((await post(JSON.stringify([{ query: whoAmI }, { query: whoAmI }]))).status).toBe(400);
});

test.each(["/nothing", "/graphql/", "/dev/token", "/dev/people", "/..%2f..%2fetc/passwd"])(
  "knows no %s: 404",
  async (path) => {
    const { status, body } = await send(path);
    expect([status, body?.errors?.length]).toEqual([404, 1]);
  },
);

test.each(["PUT", "DELETE", "PATCH"])("refuses %s with the methods that there are", async (method) => {
  const { status, headers, body } = await send("/graphql", { method });
  expect([status, headers.get("allow"), body?.errors?.length]).toEqual([405, "GET, HEAD, POST, OPTIONS", 1]);
});

test("lets pages of the allowed origins ask, and no others", async () => {
  const ask = async (origin: string, method: string) => {
    const { status, headers } = await send("/graphql", {
      method,
      headers: { ...json, origin },
      ...(method === "POST" && { body: JSON.stringify({ query: whoAmI }) }),
    });
    return [status, headers.get("access-control-allow-origin"), headers.get("access-control-allow-headers")];
  };
  const ours = "http://127.0.0.1:4000";
  const allowedHeaders =
    "authorization, content-type, apollo-require-preflight, x-apollo-operation-name, apollographql-client-name, " +
    "apollographql-client-version, traceparent, tracestate, baggage, x-request-id";
  expect(await ask(ours, "OPTIONS")).toEqual([204, ours, allowedHeaders]);
  expect(await ask(ours, "POST")).toEqual([200, ours, null]);
  for (const origin of ["https://evil.example", "null", `${ours}.evil.example`]) {
    expect(await ask(origin, "OPTIONS")).toEqual([204, null, null]);
    expect((await ask(origin, "POST"))[1]).toBeNull();
  }
});

test("while the database is away the answer is 503, and afterwards all is well by itself", async () => {
  await setReachable(api.config.databaseUrl, false);
  try {
    const { status, body, text } = await post(JSON.stringify({ query: whoAmI }));
    expect([status, body?.errors?.[0]?.extensions]).toEqual([503, { code: "SERVICE_UNAVAILABLE", retryAfter: 5 }]);
    expect(text).not.toMatch(/changeover_test|connection|stack/i);
    expect((await send("/livez")).status).toBe(200);
    expect(await send("/readyz")).toMatchObject({ status: 503, body: { status: "not ready" } });
  } finally {
    await setReachable(api.config.databaseUrl, true);
  }
  await waitFor("the service to be ready", async () => (await send("/readyz")).status === 200);
  expect((await post(JSON.stringify({ query: whoAmI }))).status).toBe(200);
});

test("connections that are cut cost at most one failed answer each, with 503", async () => {
  await post(JSON.stringify({ query: whoAmI }));
  await setReachable(api.config.databaseUrl, false);
  await setReachable(api.config.databaseUrl, true);
  await waitFor("an answer", async () => {
    const { status } = await post(JSON.stringify({ query: whoAmI }));
    expect([200, 503]).toContain(status);
    return status === 200;
  });
});

test("tells of its health without a token", async () => {
  const health = async (path: string, method = "GET") => {
    const response = await fetch(`${api.url}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };
  expect(await health("/livez")).toEqual({ status: 200, text: '{"status":"alive"}' });
  expect(await health("/readyz")).toMatchObject({ status: 200, text: expect.stringContaining('"status":"ready"') });
  expect(await health("/readyz", "HEAD")).toEqual({ status: 200, text: "" });
  const metrics = await health("/metrics");
  expect(metrics.text).toContain("process_cpu_seconds_total");
  expect((await health("/livez", "POST")).status).toBe(405);
});

test("the root says what this is, with links that lead somewhere, below a path too", async () => {
  const response = await fetch(api.url);
  const page = await response.text();
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link = ""]) => link);
  expect(links).toEqual(expect.arrayContaining(["readyz", "docs/front-end.md", "docs/operations.md"]));
  for (const link of links) expect((await fetch(`${api.url}/${link}`)).status).toBe(200);
  expect((await fetch(api.url, { method: "HEAD" })).status).toBe(200);
});
