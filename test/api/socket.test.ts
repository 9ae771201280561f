import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createClient } from "graphql-ws";
import WebSocket, { WebSocketServer } from "ws";
import { packageFolder } from "../../src/paths";
import { mutationOf, submit } from "../support/api/changes";
import { readMetrics } from "../support/api/metrics";
import { openRawSocket, type RawSocket } from "../support/network/rawSocket";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { setReachable } from "../support/data/testDatabase";
import { withClient } from "../support/api/testServer";
import { until } from "../support/until";
import { feedQuery } from "../support/api/watchFeed";

let api: TestApi;
let sockets: RawSocket[] = [];
beforeAll(async () => {
  api = await startTestApi({ worker: false, timings: { clockCheck: 50 } });
});
afterEach(() => {
  jest.restoreAllMocks();
  for (const socket of sockets) socket.close();
  sockets = [];
});
afterAll(() => api.stop());

async function open(connectionParams: object | null, headers?: Record<string, string>): Promise<RawSocket> {
  const socket = await openRawSocket(api.url, connectionParams, headers);
  sockets.push(socket);
  return socket;
}

/** A socket that the server has welcomed. */
async function openAs(email: string, expiresInSeconds?: number): Promise<RawSocket> {
  const socket = await open({ authorization: `Bearer ${await api.tokenFor(email, expiresInSeconds)}` });
  await socket.message("connection_ack");
  return socket;
}

const subscribe = (id: string, query: string, variables = {}) => ({
  type: "subscribe",
  id,
  payload: { query, variables },
});
const whoAmI = "{ viewer { email } }";
const goingAway = [1001, expect.stringMatching(/^Going away: try again in [2-6] seconds$/)];
/** Sessions of the database that wait for a lock. */
const locked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/** What an operation on a socket ends with. */
async function answerTo(socket: RawSocket, query: string, variables: object = {}) {
  const id = `operation-${crypto.randomUUID()}`;
  socket.send(subscribe(id, query, variables));
  return await socket.message(["error", "next"], id);
}

test("accepts a token wherever clients put it", async () => {
  const token = `Bearer ${await api.tokenFor(dana)}`;
  const places = [{ authorization: token }, { Authorization: token }, { headers: { authorization: token } }];
  for (const connectionParams of places) await (await open(connectionParams)).message("connection_ack");
});

test("closes with 4403 token-expired when the token expires while the socket is open", async () => {
  const socket = await openAs(dana, 600);
  socket.send(subscribe("1", feedQuery));
  await until(async () => (await readMetrics(api.url)).value("changeover_subscriptions") === 1);
  const today = Date.now.bind(Date);
  const clock = jest.spyOn(Date, "now").mockImplementation(() => today() + 3_600_000);
  expect(await socket.closed).toEqual([4403, "token-expired"]);
  clock.mockRestore();
  expect(socket.messages.map(({ type }) => type)).toEqual(["connection_ack"]);
});

test("a stock client fetches a new token when its old one has expired, and resumes", async () => {
  const tokens = [await api.tokenFor(dana, -40), await api.tokenFor(dana)];
  const closings: number[] = [];
  const client = api.socket(dana, {
    connectionParams: () => ({ authorization: `Bearer ${tokens.shift()}` }),
    retryWait: async () => {},
    on: { closed: (event) => void closings.push((event as CloseEvent).code) },
  });
  const { value } = await client.iterate({ query: whoAmI }).next();
  expect(value).toMatchObject({ data: { viewer: { email: dana } } });
  await client.dispose();
  expect(closings[0]).toBe(4403);
});

/** The closing codes of docs/partner-dashboard.md, each with what stock clients do. */
const page = readFileSync(join(packageFolder, "docs/partner-dashboard.md"), "utf8");
const closingCodes = [...page.matchAll(/^\| (\d{4}.*?) +\|.*\| (return|stop) +\|/gm)].flatMap(
  ([, codes = "", then = ""]) => [...codes.matchAll(/\b\d{4}\b/g)].map(([code]) => [Number(code), then] as const),
);

test.each(closingCodes)("after %d stock clients %s: docs/partner-dashboard.md", async (code, then) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    if (code === 1006) socket.terminate();
    else socket.close(code);
  });
  const { port } = server.address() as AddressInfo;
  const retries = { retryAttempts: 2, retryWait: async () => {}, shouldRetry: () => true };
  const client = createClient({ url: `ws://127.0.0.1:${port}`, webSocketImpl: WebSocket, ...retries });
  await expect(client.iterate({ query: whoAmI }).next()).rejects.toBeDefined();
  expect(connections).toBe(then === "return" ? 3 : 1);
  await client.dispose();
  server.close();
});

test("closes a socket that sends an operation before connection_init: 4401", async () => {
  const socket = await open(null);
  socket.send(subscribe("1", whoAmI));
  expect((await socket.closed)[0]).toBe(4401);
});

test("rejects a page of another origin: 403", async () => {
  await expect(open({}, { origin: "https://evil.example" })).rejects.toThrow("403");
  const token = await api.tokenFor(dana);
  const socket = await open({ authorization: `Bearer ${token}` }, { origin: "http://127.0.0.1:4000" });
  await socket.message("connection_ack");
});

test("runs queries and mutations too", async () => {
  const { requestId } = await submit(api);
  const danas = await openAs(dana);
  expect((await answerTo(danas, whoAmI)).payload).toMatchObject({ data: { viewer: { email: dana } } });
  const declined = await answerTo(await openAs(kim), mutationOf("declineCocp"), { input: { requestId } });
  expect(declined.payload.data.declineCocp).toMatchObject({ records: [{ status: "DECLINED" }], userErrors: [] });
});

const faults: [string, string, object, string][] = [
  ["a syntax error", "{ viewer {", {}, "GRAPHQL_PARSE_FAILED"],
  ["an unknown field", "{ viewer { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED"],
  ["an unknown field of a subscription", "subscription { cocpEvents { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED"],
  [
    "two root fields of a subscription",
    "subscription { a: cocpEvents { id } b: cocpEvents { id } }",
    {},
    "GRAPHQL_VALIDATION_FAILED",
  ],
  ["a subscription to nothing", "subscription { cocpEvents @skip(if: true) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"],
  [
    "a condition at the top of a subscription",
    "subscription ($a: Boolean!) { ...F } fragment F on Subscription { ... { cocpEvents @include(if: $a) { id } } }",
    { a: true },
    "GRAPHQL_VALIDATION_FAILED",
  ],
  ["a NUL in a text", '{ confirmPartner(pcn: "\\u0000") { confirmed } }', {}, "GRAPHQL_VALIDATION_FAILED"],
  ["a NUL in a variable", feedQuery, { after: "\u0000" }, "BAD_USER_INPUT"],
  ["no operation to choose", "query A { viewer { email } } query B { viewer { email } }", {}, "BAD_USER_INPUT"],
  ["too long a document", `{ ${"viewer { email } ".repeat(2_000)} }`, {}, "GRAPHQL_PARSE_FAILED"],
];

test.each(faults)(
  "reports %s as an error of the operation, and the socket stays open",
  async (_what, query, variables, code) => {
    const socket = await openAs(dana);
    const { type, payload } = await answerTo(socket, query, variables);
    expect([type, payload[0].extensions]).toMatchObject(["error", { code }]);
    expect((await answerTo(socket, whoAmI)).type).toBe("next");
  },
);

const badCursors = ["nonsense", "", Buffer.from('["feed","x","0"]').toString("base64url")];

test.each(badCursors)("rejects the cursor %p with INVALID_CURSOR, and the socket stays open", async (after) => {
  const socket = await openAs(dana);
  const { payload } = await answerTo(socket, feedQuery, { after });
  const errors = Array.isArray(payload) ? payload : payload.errors;
  expect(errors).toMatchObject([{ extensions: { code: "INVALID_CURSOR" } }]);
  expect((await answerTo(socket, whoAmI)).type).toBe("next");
});

test("an argument of the wrong type is an error of the operation", async () => {
  const socket = await openAs(dana);
  const { payload } = await answerTo(socket, feedQuery, { filter: { type: "NOTHING" } });
  const errors = Array.isArray(payload) ? payload : payload.errors;
  expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
  expect(socket.isOpen()).toBe(true);
});

test("a field that the viewer may not call is FORBIDDEN", async () => {
  const { payload } = await answerTo(await openAs(kim), mutationOf("startCocpReview"), { input: { recordIds: [] } });
  expect(payload).toMatchObject({ data: null, errors: [{ extensions: { code: "FORBIDDEN" } }] });
});

test("a message that is too large ends the socket, and no other", async () => {
  const [one, other] = [await openAs(dana), await openAs(dana)];
  one.send(subscribe("1", `{ viewer { email } } # ${"x".repeat(70_000)}`));
  expect((await one.closed)[0]).toBe(1009);
  expect((await answerTo(other, whoAmI)).type).toBe("next");
});

const internal = {
  message: "Internal server error",
  extensions: { code: "INTERNAL_SERVER_ERROR", errorId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
};

test.each([
  ["billing_account_roles", "before an operation"],
  ["cocp_events", "in an open subscription"],
])("when %s is broken, an unforeseen error %s has an errorId and no internal details", async (table) => {
  const socket = await openAs(dana);
  socket.send(subscribe("1", feedQuery));
  expect((await answerTo(socket, whoAmI)).type).toBe("next");
  await api.rows(`ALTER TABLE ${table} RENAME TO gone`);
  try {
    if (table === "cocp_events") expect((await socket.message("error", "1")).payload).toEqual([internal]);
    else expect((await answerTo(socket, whoAmI)).payload).toEqual([internal]);
    expect(socket.isOpen()).toBe(true);
  } finally {
    await api.rows(`ALTER TABLE gone RENAME TO ${table}`);
  }
});

test("while the database is away, a socket is closed for a retry, without internal details", async () => {
  const socket = await openAs(dana);
  await setReachable(api.config.databaseUrl, false);
  try {
    socket.send(subscribe("1", feedQuery));
    expect(await socket.closed).toEqual([
      1013,
      expect.stringMatching(/^SERVICE_UNAVAILABLE: try again in [2-6] seconds$/),
    ]);
    expect(socket.messages.map(({ type }) => type)).toEqual(["connection_ack"]);
  } finally {
    await setReachable(api.config.databaseUrl, true);
  }
  expect((await answerTo(await openAs(dana), whoAmI)).type).toBe("next");
});

test("a person holds at most 20 sockets: the next is rejected permanently, and that of another person is accepted", async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openAs(dana)));
  const next = await open({ authorization: `Bearer ${await api.tokenFor(dana)}` });
  expect(await next.closed).toEqual([4429, "Too many connections of this person, or of this address"]);
  expect((await answerTo(await openAs(kim), whoAmI)).type).toBe("next");
  expect(sockets.every((socket) => socket.isOpen())).toBe(true);
});

test("a socket carries at most 50 operations at once", async () => {
  const socket = await openAs(dana);
  for (let id = 1; id <= 51; id += 1) socket.send(subscribe(String(id), feedQuery));
  const [refused] = (await socket.message("error", "51")).payload as { message: string }[];
  expect(refused?.message).toContain("at most 50 operations");
  expect(socket.isOpen()).toBe(true);
});

test("an operation's id of more than 128 characters closes the socket with 4400", async () => {
  const socket = await openAs(dana);
  socket.send(subscribe("x".repeat(129), feedQuery));
  expect((await socket.closed)[0]).toBe(4400);
});

test("an operation's id that is in use closes the socket with 4409, however long its reason would be", async () => {
  const socket = await openAs(dana);
  const id = "é".repeat(128);
  socket.send(subscribe(id, feedQuery));
  socket.send(subscribe(id, feedQuery));
  const [code, reason] = await socket.closed;
  expect([code, reason.slice(0, 20)]).toEqual([4409, "Subscriber for éééééé".slice(0, 20)]);
});

test("an operation's id that is taken again while its first operation is being prepared closes the socket with 4409", async () => {
  const socket = await openAs(dana);
  await withClient(api.config.databaseUrl, async (other) => {
    await other.query("BEGIN");
    await other.query("LOCK TABLE billing_account_roles");
    socket.send(subscribe("1", feedQuery));
    await until(async () => (await api.rows(locked)).length > 0);
    socket.send({ type: "complete", id: "1" });
    socket.send(subscribe("1", feedQuery));
    expect(await socket.closed).toEqual([4409, "Subscriber for this id already exists"]);
    await other.query("ROLLBACK");
  });
});

test("an operation's id is free again once its operation was answered, or was ended by the client", async () => {
  const after = await api.feedNow(dana);
  await submit(api);
  const socket = await openAs(dana);
  socket.send(subscribe("1", whoAmI));
  await socket.message("complete", "1");
  socket.send(subscribe("1", whoAmI));
  await until(() => socket.messages.filter(({ type }) => type === "complete").length === 2);
  socket.send(subscribe("2", feedQuery, { after }));
  await socket.message("next", "2");
  socket.send({ type: "complete", id: "2" });
  socket.send(subscribe("2", whoAmI));
  await socket.message("complete", "2");
  await api.clearRequests();
});

test("a client that leaves during authentication is not counted against the limit of its sockets", async () => {
  const authorization = `Bearer ${await api.tokenFor(dana)}`;
  const hasty = await Promise.all(Array.from({ length: 40 }, () => open({ authorization })));
  for (const socket of hasty) socket.close();
  await Promise.all(hasty.map(({ closed }) => closed));
  await until(async () => {
    const later = await Promise.all(Array.from({ length: 20 }, () => open({ authorization })));
    const outcomes = await Promise.all(
      later.map(async (socket) =>
        Promise.race([socket.message("connection_ack").then(() => true), socket.closed.then(() => false)]),
      ),
    );
    for (const socket of later) socket.close();
    return outcomes.every(Boolean);
  });
});

test("a mutation in hand is answered before its socket is closed with 1001, and no other socket waits for it", async () => {
  const { requestId } = await submit(api);
  const node = await api.startNode();
  const openAt = async (email: string) =>
    openRawSocket(node.url, { authorization: `Bearer ${await api.tokenFor(email)}` });
  const [busy, idle] = [await openAt(kim), await openAt(dana)];
  await Promise.all([busy.message("connection_ack"), idle.message("connection_ack")]);
  let stopped = Promise.resolve();
  await withClient(api.config.databaseUrl, async (other) => {
    await other.query("BEGIN");
    await other.query("SELECT FROM cocp_records FOR UPDATE");
    busy.send(subscribe("1", mutationOf("declineCocp"), { input: { requestId } }));
    await until(async () => (await api.rows(locked)).length > 0);
    stopped = node.stop();
    expect(await idle.closed).toEqual(goingAway);
    expect(busy.isOpen()).toBe(true);
    await other.query("ROLLBACK");
  });
  expect(await busy.closed).toEqual(goingAway);
  expect((await busy.message("next", "1")).payload.data.declineCocp).toMatchObject({ userErrors: [] });
  await stopped;
});

test("C27 a process that stops asks its clients to reconnect after different times", async () => {
  const node = await api.startNode();
  const authorization = `Bearer ${await api.tokenFor(dana)}`;
  const clients = await Promise.all(Array.from({ length: 20 }, () => openRawSocket(node.url, { authorization })));
  await Promise.all(clients.map((client) => client.message("connection_ack")));
  await node.stop();
  const closings = await Promise.all(clients.map(({ closed }) => closed));
  for (const closing of closings) expect(closing).toEqual(goingAway);
  expect(new Set(closings.map(([, reason]) => reason)).size).toBeGreaterThan(1);
});
