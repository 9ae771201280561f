import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { packageFolder } from "../../src/paths";
import { submit } from "../support/api/changes";
import { startRedis, hasRedis } from "../support/network/redis";
import { openRawSocket } from "../support/network/rawSocket";
import { dana, kim, rafael, startTestApi, type TestApi } from "../support/api/testApi";
import { until } from "../support/until";
import { feedQuery } from "../support/api/watchFeed";
import { nextOf, transports } from "./support/transports";

/** Who asks more than is its share waits; nobody else does. */

const points = 200;
let api: TestApi;
const start = async (environment: NodeJS.ProcessEnv = { RATE_LIMIT_POINTS: String(points) }) => {
  api = await startTestApi({ worker: false, environment, timings: { socketRefusal: 10 } });
};
afterEach(() => api.stop());

const page = "{ cocpRecords { nodes { id } } }"; // 26 points, and 1 for the operation
const whoAmI = "{ viewer { email } }";

async function post(token: string | null, query: string, headers: Record<string, string> = {}, at = api.url) {
  const response = await fetch(`${at}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }), ...headers },
    body: JSON.stringify({ query }),
  });
  const body = (await response.json()) as {
    extensions?: { cost: { remaining: number } };
    errors?: { extensions: object }[];
  };
  return { status: response.status, retryAfter: response.headers.get("retry-after"), ...body };
}

test("A27 an answer says what it cost and what is left", async () => {
  await start();
  const token = await api.tokenFor(dana);
  const cost = (remaining: number) => ({ points: 27, remaining, resetsIn: expect.any(Number) });
  expect((await post(token, page)).extensions).toEqual({ cost: cost(points - 27) });
  expect((await post(token, page)).extensions).toEqual({ cost: cost(points - 2 * 27) });
});

test("A27 a socket of somebody whose budget is used up is closed, and told when to try again", async () => {
  await start();
  const token = await api.tokenFor(dana);
  while ((await post(token, page)).status === 200);
  const { closed } = await openRawSocket(api.url, { authorization: `Bearer ${token}` });
  expect(await closed).toEqual([1013, expect.stringMatching(/^RATE_LIMITED: try again in \d+ seconds$/)]);
});

describe.each(transports)("over $name", ({ ask }) => {
  test("A27 a flood of one person is stopped with RATE_LIMITED and when to try again; others are not", async () => {
    await start();
    const token = await api.tokenFor(dana);
    const flood = [];
    for (let i = 0; i < 10; i += 1) flood.push(await ask(api, token, { query: page }));
    const limited = flood.filter(({ codes }) => codes.includes("RATE_LIMITED"));
    const served = flood.filter(({ data }) => data?.cocpRecords);
    expect(served.length).toBe(Math.floor(points / 27));
    expect(limited[0]?.errors[0]?.extensions).toEqual({ code: "RATE_LIMITED", retryAfter: expect.any(Number) });
    expect(flood.length - served.length).toBeGreaterThan(0);
    for (const email of [kim, rafael]) {
      expect((await ask(api, await api.tokenFor(email), { query: page })).data.cocpRecords).toBeTruthy();
    }
  });

  test("A27 what is refused unread costs as well: nobody floods with documents that are none", async () => {
    await start();
    const token = await api.tokenFor(dana);
    for (let i = 0; i < 3; i += 1) await ask(api, token, { query: `{ nothing${i} }` });
    const told = await ask(api, token, { query: whoAmI });
    expect(told.data).toBeNull();
    expect(told.closed ?? told.codes[0]).toEqual(told.closed === null ? "RATE_LIMITED" : 1013);
    expect((await ask(api, await api.tokenFor(kim), { query: whoAmI })).data.viewer.email).toBe(kim);
  });
});

test("A27 over HTTP it is status 429 with Retry-After, which holds its word", async () => {
  await start();
  const token = await api.tokenFor(dana);
  for (let i = 0; i < 7; i += 1) await post(token, page);
  const { status, retryAfter, errors } = await post(token, page);
  expect([status, errors?.[0]?.extensions]).toEqual([429, { code: "RATE_LIMITED", retryAfter: Number(retryAfter) }]);
  expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
  expect(Number(retryAfter)).toBeLessThanOrEqual(10);
});

/** A page that may be large, and is empty: it costs its person much and the machine little. */
const dear = "{ cocpRecords(first: 100) { nodes { request { records { id } } } } }";
/** Asks 500 times, always 25 times at once, as fast as the answers come. */
async function flood(token: string) {
  const answers: Awaited<ReturnType<typeof post>>[] = [];
  let left = 500;
  const lane = async () => {
    while (left-- > 0) answers.push(await post(token, dear));
  };
  await Promise.all(Array.from({ length: 25 }, lane));
  return answers;
}

test("A27 of a flood what is beyond the limits is 429 with Retry-After, and others are answered meanwhile", async () => {
  await start({});
  let isOver = false;
  const flooding = flood(await api.tokenFor(dana)).finally(() => (isOver = true));
  const token = await api.tokenFor(kim);
  do expect(await post(token, whoAmI)).toMatchObject({ status: 200, data: { viewer: { email: kim } } });
  while (!isOver);
  const answers = await flooding;
  const served = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  expect(served.length + refused.length).toBe(500);
  expect(refused.length).toBeGreaterThan(0);
  for (const { retryAfter } of refused) expect(Number(retryAfter)).toBeGreaterThan(0);
});

test("A27 operations on a socket that was opened before are counted as well", async () => {
  await start();
  const socket = await openRawSocket(api.url, { authorization: `Bearer ${await api.tokenFor(dana)}` });
  await socket.message("connection_ack");
  for (let i = 0; i < 9; i += 1) socket.send({ type: "subscribe", id: String(i), payload: { query: page } });
  const last = await Promise.all(Array.from({ length: 9 }, (_, i) => socket.message(["next", "error"], String(i))));
  expect(last.filter(({ type }) => type === "next").length).toBe(7);
  expect(last.filter(({ payload }) => payload[0]?.extensions.code === "RATE_LIMITED").length).toBe(2);
  expect(socket.isOpen()).toBe(true);
  socket.close();
});

test.each(["/graphql", "/graphql/stream"])("A27 a body at %s that is none costs as much", async (path) => {
  await start();
  const headers = { "content-type": "application/json", authorization: `Bearer ${await api.tokenFor(dana)}` };
  const send = async (body: string) => (await fetch(`${api.url}${path}`, { method: "POST", headers, body })).status;
  for (let i = 0; i < 2; i += 1) expect(await send("{")).toBe(400);
  expect(await send(JSON.stringify({ query: whoAmI }))).toBe(429);
  expect((await post(await api.tokenFor(dana), whoAmI)).status).toBe(429);
  expect((await post(await api.tokenFor(kim), whoAmI)).status).toBe(200);
});

test("A27 who asks for what is not there, again and again, is stopped, and no other address", async () => {
  await start({ RATE_LIMIT_ADDRESS_POINTS: "1000", TRUSTED_PROXIES: "1" });
  const headers = { "x-forwarded-for": "192.0.2.1" };
  const token = await api.tokenFor(dana);
  for (let i = 0; i < 11; i += 1) expect((await fetch(`${api.url}/nothing`, { headers })).status).toBe(404);
  expect((await post(token, whoAmI, headers)).status).toBe(429);
  expect((await post(token, whoAmI, { "x-forwarded-for": "192.0.2.2" })).status).toBe(200);
});

test.each([
  ["too long", ["x".repeat(200)]],
  ["in use", ["1", "1"]],
])("C5 who takes ids that are %s is refused: its address gets no more sockets for a while", async (_what, ids) => {
  await start({ RATE_LIMIT_ADDRESS_POINTS: "350", TRUSTED_PROXIES: "1" });
  const authorization = `Bearer ${await api.tokenFor(dana)}`;
  const open = (address: string) => openRawSocket(api.url, { authorization }, { "x-forwarded-for": address });
  for (let i = 0; i < 4; i += 1) {
    const socket = await open("192.0.2.1");
    await socket.message("connection_ack");
    for (const id of ids) socket.send({ type: "subscribe", id, payload: { query: feedQuery } });
    expect([4400, 4409]).toContain((await socket.closed)[0]);
  }
  await expect(open("192.0.2.1")).rejects.toThrow("429");
  (await open("192.0.2.2")).close();
});

test("D12 tokens can't be tried out: an address with bad ones is stopped", async () => {
  await start({ RATE_LIMIT_ADDRESS_POINTS: "1000" });
  const statuses = [];
  for (let i = 0; i < 12; i += 1) statuses.push((await post(`bad${i}.token.x`, whoAmI)).status);
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
});

test("A27 behind a proxy that is trusted, each client is its own address; what the client claims beyond is ignored", async () => {
  await start({ RATE_LIMIT_ADDRESS_POINTS: "1000", TRUSTED_PROXIES: "1" });
  const from = async (forwarded: string) =>
    (await post("bad.token.x", whoAmI, { "x-forwarded-for": forwarded })).status;
  for (let i = 0; i < 12; i += 1) await from(`10.0.0.${i}, 192.0.2.1`);
  expect(await from("10.9.9.9, 192.0.2.1")).toBe(429);
  expect(await from("192.0.2.1, 192.0.2.2")).toBe(401);
  for (let i = 0; i < 12; i += 1) await from(`2001:db8:0:1::${i}`);
  expect(await from("2001:db8:0:1:ffff:ffff:ffff:ffff")).toBe(429);
  expect(await from("2001:db8:0:2::1")).toBe(401);
});

test("C20 an address holds as many sockets as are configured, and others are not affected", async () => {
  await start({ CONNECTIONS_PER_ADDRESS: "3", TRUSTED_PROXIES: "1" });
  const open = async (email: string, address: string) => {
    const params = { authorization: `Bearer ${await api.tokenFor(email)}` };
    const socket = await openRawSocket(api.url, params, { "x-forwarded-for": address });
    const welcome = await nextOf(socket)(["connection_ack"]);
    return { welcome, socket };
  };
  const people = [dana, kim, rafael, dana];
  const opened = [];
  for (const email of people) opened.push(await open(email, "192.0.2.1"));
  opened.push(await open(dana, "192.0.2.2"));
  const welcome = expect.objectContaining({ type: "connection_ack" });
  expect(opened.map((each) => each.welcome)).toEqual([welcome, welcome, welcome, 4429, welcome]);
  for (const { socket } of opened) socket.close();
});

(hasRedis() ? test : test.skip)(
  "A27 with Redis the budget is one over all nodes, and while it is silent or away each node counts by itself",
  async () => {
    const redis = await startRedis();
    try {
      await start({ RATE_LIMIT_POINTS: String(points), REDIS_URL: redis.url });
      const other = await api.startNode();
      const token = await api.tokenFor(dana);
      const remaining = async (at: string) => (await post(token, page, {}, at)).extensions?.cost.remaining;
      expect([await remaining(api.url), await remaining(other.url)]).toEqual([points - 27, points - 54]);
      redis.pause();
      expect(await remaining(other.url)).toBe(points - 27);
      await redis.stop();
      expect(await remaining(other.url)).toBe(points - 54);
      await other.stop();
    } finally {
      await redis.stop();
    }
  },
);

(hasRedis() ? test : test.skip)(
  "in Redis the rights of docs/operations.md are enough, a serve has three connections there, and a worker two",
  async () => {
    const redis = await startRedis();
    const admin = createClient({ url: redis.url });
    try {
      await admin.connect();
      const rights = readFileSync(join(packageFolder, "docs/operations.md"), "utf8").matchAll(/`(\+[^`]* [&~]\S+)`/g);
      const rules = [...rights].flatMap(([, words = ""]) => words.split(" "));
      await admin.sendCommand(["ACL", "SETUSER", "service", "reset", "on", ">secret", ...rules]);
      await start({ REDIS_URL: redis.url.replace("//", "//service:secret@") });
      const connections = async () => (await admin.clientList()).filter(({ user }) => user === "service").length;
      await until(async () => (await connections()) >= 3);
      await submit(api);
      await until(async () => (await admin.info("commandstats")).includes("cmdstat_publish:"));
      expect(await connections()).toBe(3);
      const listening = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
      expect(await api.rows(listening)).toEqual([]);
      const worker = await api.startWorker();
      await until(async () => (await connections()) >= 5);
      expect(await connections()).toBe(5);
      expect(await admin.keys("changeover:limits:*")).not.toEqual([]);
      const denied = (await admin.info("commandstats")).match(/^cmdstat_(?!client)\S+rejected_calls=[1-9]\S*/gm);
      expect(denied).toBeNull();
      await worker.stop();
    } finally {
      admin.destroy();
      await redis.stop();
    }
  },
);
