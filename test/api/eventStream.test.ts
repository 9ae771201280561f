import { once } from "node:events";
import { connect } from "node:net";
import { createClient } from "graphql-sse";
import { actOnAll, submit } from "../support/api/changes";
import { writeEvents } from "../support/data/manyEvents";
import { readMetrics } from "../support/api/metrics";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { setReachable } from "../support/data/testDatabase";
import { until } from "../support/until";
import { waitFor } from "../support/waitFor";
import { watchFeed } from "../support/api/watchFeed";

/** /graphql/stream, for clients whose proxies drop WebSockets, with the stock graphql-sse client. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, timings: { clockCheck: 50 } });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

const query = "subscription ($after: String) { cocpEvents(after: $after) { cursor type } }";

interface Seen {
  readonly cursor: string;
  readonly type: string;
}

function client(email: string, token?: () => Promise<string>) {
  return createClient({
    url: `${api.url}/graphql/stream`,
    retryAttempts: 0,
    headers: async () => ({ authorization: `Bearer ${await (token ?? (() => api.tokenFor(email)))()}` }),
  });
}

/** The response to a subscription of kim's. */
async function post(document: string, url = api.url): Promise<Response> {
  return await fetch(`${url}/graphql/stream`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: `Bearer ${await api.tokenFor(kim)}`,
    },
    body: JSON.stringify({ query: document }),
  });
}

/** Subscribes as a person; `ended` resolves with the error that ended it, or with null. */
function watch(email: string, after: string | null, token?: () => Promise<string>) {
  const events: Seen[] = [];
  const sse = client(email, token);
  const ended = new Promise<unknown>((resolve) => {
    sse.subscribe<{ cocpEvents: Seen }>(
      { query, variables: { after } },
      {
        next: ({ data, errors }) => (data ? void events.push(data.cocpEvents) : resolve(errors)),
        error: resolve,
        complete: () => resolve(null),
      },
    );
  });
  return { events, ended, dispose: () => sse.dispose() };
}

test("pushes the same events as the WebSocket, and resumes from a cursor", async () => {
  const first = watch(kim, await api.feedNow(kim));
  const { requestId } = await submit(api, { accounts: ["7701001", "7701002"] });
  await until(() => first.events.length === 2);
  first.dispose();
  await actOnAll(api, kim, "acceptCocp", { requestId });
  const second = watch(kim, first.events[0]?.cursor ?? null);
  await until(() => second.events.length === 3);
  second.dispose();
  expect([...first.events.slice(0, 1), ...second.events].map(({ type }) => type)).toEqual([
    "INITIATED",
    "INITIATED",
    "ACCEPTED",
    "ACCEPTED",
  ]);
});

test("sends a viewer no events of others", async () => {
  const outsider = watch("elena.marsh@meridiancloud.example", await api.feedNow(kim));
  const insider = watch(dana, await api.feedNow(dana));
  await submit(api, { accounts: ["7701001"] });
  await until(() => insider.events.length === 1);
  expect(outsider.events).toEqual([]);
  outsider.dispose();
  insider.dispose();
});

test("a malformed cursor is INVALID_CURSOR", async () => {
  const { ended, dispose } = watch(kim, "nonsense");
  expect(await ended).toMatchObject([{ extensions: { code: "INVALID_CURSOR" } }]);
  dispose();
});

const faults: [string, string, string][] = [
  ["a syntax error", "subscription { cocpEvents {", "GRAPHQL_PARSE_FAILED"],
  ["an unknown field", "subscription { cocpEvents { nothing } }", "GRAPHQL_VALIDATION_FAILED"],
];

test.each(faults)("reports %s as the result of the operation", async (_what, faulty, code) => {
  const response = await post(faulty);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toContain(`"code":"${code}"`);
  expect(text).toContain("event: complete");
});

test("while the database is away, it responds with 503, after which stock clients retry", async () => {
  await setReachable(api.config.databaseUrl, false);
  try {
    const response = await post(query);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "SERVICE_UNAVAILABLE" } }] });
  } finally {
    await setReachable(api.config.databaseUrl, true);
  }
});

test("a node that stops ends its streams without completing them, and starts no more: clients reconnect to another node", async () => {
  const node = await api.startNode();
  const response = await post(query, node.url);
  const stopped = node.stop();
  expect(await response.text()).not.toContain("event: complete");
  await stopped;
});

test("a final error is sent and completes the subscription", async () => {
  const response = await post(query);
  const reading = response.text();
  await api.rows("ALTER TABLE cocp_events RENAME TO gone");
  try {
    const text = await reading;
    expect(text).toContain('"code":"INTERNAL_SERVER_ERROR"');
    expect(text).toContain("event: complete");
  } finally {
    await api.rows("ALTER TABLE gone RENAME TO cocp_events");
  }
});

test("a stream needs a valid token: 401", async () => {
  const response = await fetch(`${api.url}/graphql/stream`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query }),
  });
  expect(response.status).toBe(401);
});

/** Sets the clock forward for an hour, beyond the end of the streams' tokens. */
async function anHourLater(work: () => Promise<unknown>): Promise<void> {
  const today = Date.now.bind(Date);
  const clock = jest.spyOn(Date, "now").mockImplementation(() => today() + 3_600_000);
  try {
    await work();
  } finally {
    clock.mockRestore();
  }
}

const endings: [string, (streams: readonly ReturnType<typeof watch>[]) => Promise<void>][] = [
  ["whose client has left", async (streams) => streams.forEach((stream) => stream.dispose())],
  ["whose token has expired", (streams) => anHourLater(() => Promise.all(streams.map(({ ended }) => ended)))],
];

test.each(endings)("a stream %s ends, and gets no more events", async (_what, end) => {
  const count = async (name: string) =>
    (await readMetrics(api.url)).value(`changeover_${name}`, { transport: "event-stream" }) ?? 0;
  await submit(api, { accounts: ["7701001"] });
  const after = await api.feedNow(kim);
  const streams = Array.from({ length: 5 }, () => watch(kim, after, () => api.tokenFor(kim, 600)));
  const socket = api.socket(dana);
  const reader = watchFeed(socket, { after });
  await writeEvents(api, 2, 1);
  await reader.until(1);
  await until(() => streams.every(({ events }) => events.length === 1));
  await end(streams);
  await waitFor("the streams to be over", async () => (await count("subscriptions")) === 0);
  const before = await count("deliveries_total");
  await writeEvents(api, 3, 10);
  await watchFeed(socket, { after }).until(11);
  expect(await count("deliveries_total")).toBe(before);
  await socket.dispose();
  for (const stream of streams) stream.dispose();
});

test("a person holds at most 20 connections; another is not affected, and a closed one makes room", async () => {
  const after = await api.feedNow(kim);
  const streams = Array.from({ length: 20 }, () => watch(kim, after));
  await submit(api, { accounts: ["7701001"] });
  await until(() => streams.every(({ events }) => events.length === 1));
  const tooMany = watch(kim, after);
  expect(await tooMany.ended).toBeTruthy();
  const other = watch(dana, after);
  await until(() => other.events.length === 1);
  for (const stream of streams) stream.dispose();
  await until(async () => {
    const next = watch(kim, after);
    const outcome = await Promise.race([
      next.ended.then(() => false),
      until(() => next.events.length === 1).then(() => true),
    ]);
    next.dispose();
    return outcome;
  });
  other.dispose();
});

test("pipelined streams on connections that are then cut do not count against the limit", async () => {
  const body = JSON.stringify({ query });
  const head = `POST /graphql/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await api.tokenFor(kim)}`;
  const { hostname, port } = new URL(api.url);
  for (let turn = 0; turn < 4; turn += 1) {
    const socket = connect(Number(port), hostname);
    socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(10));
    await once(socket, "data");
    socket.destroy();
  }
  await until(async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, () => post(query)));
    for (const { body: stream } of streams) await stream?.cancel();
    return streams.every(({ status }) => status === 200);
  });
});

test("a quiet stream has a heartbeat every 12 seconds, which stock clients ignore, and proxies buffer no events", async () => {
  jest.useFakeTimers({ doNotFake: [...allButIntervals] });
  try {
    let said = "";
    let headers = new Headers();
    const events: unknown[] = [];
    const sse = createClient({
      url: `${api.url}/graphql/stream`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${await api.tokenFor(kim)}` },
      fetchFn: async (url: string, init: RequestInit) => {
        const response = await fetch(url, init);
        headers = response.headers;
        const tap = new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            said += Buffer.from(chunk).toString();
            controller.enqueue(chunk);
          },
        });
        return new Response(response.body?.pipeThrough(tap), response);
      },
    });
    const failures: unknown[] = [];
    const variables = { after: await api.feedNow(kim) };
    const sink = {
      next: (told: unknown) => void events.push(told),
      error: (cause: unknown) => void failures.push(cause),
    };
    sse.subscribe({ query, variables }, { ...sink, complete: () => {} });
    await until(() => said === ":\n\n");
    for (let pings = 1; pings <= 3; pings += 1) {
      jest.advanceTimersByTime(12_000);
      await until(() => said === ":\n\n".repeat(1 + pings));
    }
    expect(events).toEqual([]);
    await submit(api, { accounts: ["7701001"] });
    await until(() => events.length === 1);
    expect([events, failures]).toMatchObject([[{ data: { cocpEvents: { type: "INITIATED" } } }], []]);
    expect([headers.get("cache-control"), headers.get("x-accel-buffering")]).toEqual(["no-store", "no"]);
    sse.dispose();
  } finally {
    jest.useRealTimers();
  }
});

const allButIntervals = [
  "Date",
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setTimeout",
  "clearTimeout",
] as const;
