import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import WebSocket from "ws";
import { defaultTimings } from "../../src/timings";
import { actOnAll, submit } from "../support/api/changes";
import { openRawSocket, type RawSocket } from "../support/network/rawSocket";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { until } from "../support/until";
import { feedQuery } from "../support/api/watchFeed";
import { frame, openPeer, text } from "../soak/flood/peer";
import { malformedMessages } from "./support/malformedMessages";

/** WebSockets that do not keep to the protocol, or that are not for whom they say. */

let api: TestApi;
let token: string;
let sockets: RawSocket[] = [];
beforeAll(async () => {
  api = await startTestApi({
    worker: false,
    environment: { TRUSTED_PROXIES: "1" },
    timings: { socketRefusal: 10 },
  });
  token = `Bearer ${await api.tokenFor(dana)}`;
});
beforeEach(() => void jest.spyOn(console, "error").mockImplementation(() => {})); // graphql-ws tells of bad messages there
afterEach(() => {
  jest.restoreAllMocks();
  for (const socket of sockets) socket.close();
  sockets = [];
});
afterAll(() => api.stop());

async function open(params: object | null, headers?: Record<string, string>): Promise<RawSocket> {
  const socket = await openRawSocket(api.url, params, headers);
  sockets.push(socket);
  return socket;
}
async function openAs(email: string): Promise<RawSocket> {
  const socket = await open({ authorization: `Bearer ${await api.tokenFor(email)}` });
  await socket.message("connection_ack");
  return socket;
}
const whoAmI = { query: "{ viewer { email } }" };
const subscribe = (id: string, payload: object = whoAmI) => ({ type: "subscribe", id, payload });
const live = async () =>
  Number(
    /^changeover_subscriptions\{transport="websocket"\} (\d+)/m.exec(
      await (await fetch(`${api.url}/metrics`)).text(),
    )?.[1] ?? 0,
  );

test("C1 who does not say who it is is closed with 4408", async () => {
  const impatient = await api.startNode({ connectionInit: 100 });
  const socket = await openRawSocket(impatient.url, null);
  expect((await socket.closed)[0]).toBe(4408);
  await impatient.stop();
});

test("a client has three seconds to say who it is", () => {
  expect(defaultTimings.connectionInit).toBe(3_000);
});

test("C2 who says it twice is closed with 4429, also when both come at once", async () => {
  const late = await openAs(dana);
  late.send({ type: "connection_init", payload: { authorization: token } });
  expect((await late.closed)[0]).toBe(4429);
  const early = await open(null);
  for (let i = 0; i < 2; i += 1) early.send({ type: "connection_init", payload: { authorization: token } });
  expect((await early.closed)[0]).toBe(4429);
});

test("C3 an operation before the welcome is 4401, also right behind the init", async () => {
  const socket = await open(null);
  socket.send(subscribe("1"));
  expect((await socket.closed)[0]).toBe(4401);
  const hasty = await open({ authorization: token });
  hasty.send(subscribe("1"));
  expect((await hasty.closed)[0]).toBe(4401);
  expect(hasty.messages.filter(({ type }) => type === "next")).toEqual([]);
});

test("C5 an id that is in use is 4409, also when both come at once; 200 characters are 4400; never 4500", async () => {
  const used = await openAs(dana);
  used.send(subscribe("1", { query: feedQuery }));
  used.send(subscribe("2"));
  await used.message("next", "2");
  used.send(subscribe("1"));
  expect((await used.closed)[0]).toBe(4409);
  const both = await openAs(dana);
  both.send(subscribe("1", { query: feedQuery }));
  both.send(subscribe("1", { query: feedQuery }));
  expect((await both.closed)[0]).toBe(4409);
  const long = await openAs(dana);
  long.send(subscribe("x".repeat(200)));
  expect((await long.closed)[0]).toBe(4400);
});

test("C8 C9 a syntax error and a rule broken end the operation alone: the others on the socket go on", async () => {
  const socket = await openAs(kim);
  socket.send(subscribe("feed", { query: feedQuery }));
  for (const [id, query] of [
    ["syntax", "{ viewer {"],
    ["rule", "{ viewer { nothing } }"],
  ] as const) {
    socket.send(subscribe(id, { query }));
    await socket.message("error", id);
  }
  await until(async () => (await live()) === 1);
  await submit(api);
  await socket.message("next", "feed");
  expect(socket.messages.filter(({ type, id }) => type === "complete" && id !== "feed")).toEqual([]);
  await api.clearRequests();
});

test("C10 after the client's complete nothing more comes, and nothing is left of the subscription", async () => {
  const socket = await openAs(kim);
  const before = await live();
  socket.send(subscribe("1", { query: feedQuery, variables: { after: await api.feedNow(kim) } }));
  await until(async () => (await live()) === before + 1);
  const { requestId } = await submit(api);
  await socket.message("next", "1");
  socket.send({ type: "complete", id: "1" });
  await until(async () => (await live()) === before);
  await actOnAll(api, kim, "acceptCocp", { requestId });
  await api.feedSettled();
  socket.send(subscribe("2"));
  await socket.message("next", "2");
  expect(socket.messages.filter(({ id }) => id === "1").map(({ type }) => type)).toEqual(["next"]);
  await api.clearRequests();
});

test.each(malformedMessages)("C11 %s is 4400", async (_what, message) => {
  const socket = await openAs(dana);
  socket.send(message);
  expect((await socket.closed)[0]).toBe(4400);
  expect(socket.messages.map(({ type }) => type)).toEqual(["connection_ack"]);
});

test("C14 the older sub-protocol is not spoken, none is not either; of several the right one is taken", async () => {
  const url = `${api.url.replace(/^http/, "ws")}/graphql`;
  const end = async (protocols: string[]) => {
    const socket = new WebSocket(url, protocols);
    return await new Promise((resolve) => {
      socket.on("error", () => resolve("refused"));
      socket.on("close", resolve);
    });
  };
  for (const protocols of [["graphql-ws"], []]) expect(["refused", 4406]).toContain(await end(protocols));
  const socket = new WebSocket(url, ["graphql-ws", "graphql-transport-ws", "soap"]);
  await once(socket, "open");
  expect(socket.protocol).toBe("graphql-transport-ws");
  socket.terminate();
});

test.each([
  ["pings", frame(9, ""), "192.0.2.1"],
  ["messages", text({ type: "ping" }), "192.0.2.2"],
])(
  "C31 a flood of %s is cut off with 1008, its address gets no more, and others are served",
  async (_what, bytes, address) => {
    const flood = Buffer.concat(Array.from({ length: 1_000 }, () => bytes));
    const endings: string[] = [];
    const peers = Array.from({ length: 5 }, () => openPeer(api.url, address, (how) => endings.push(how)));
    await Promise.all(
      peers.map(async (peer) => {
        await peer.upgrade();
        const welcome = peer.received("connection_ack");
        peer.socket.write(text({ type: "connection_init", payload: { authorization: token } }));
        await welcome;
      }),
    );
    for (const peer of peers) peer.flood(flood);
    expect((await api.ask(dana, whoAmI.query)).status).toBe(200);
    await until(() => endings.length === peers.length);
    for (const how of endings) expect(["1008", "cut"]).toContain(how); // whoever still sends may not hear why
    const refusal = new Promise((resolve) => void openPeer(api.url, address, resolve).upgrade());
    expect(await refusal).toBe("429");
  },
);

const ours = "http://127.0.0.1:4000";
const foreign = [
  "null",
  "https://127.0.0.1:4000",
  `${ours}.evil.example`,
  "http://evil.127.0.0.1:4000",
  "http://127x0x0x1:4000",
  "http://127.0.0.1:4000@evil.example",
  "http://user@127.0.0.1:4000",
  "http://127.0.0.1:4000`evil.example",
  "HTTP://127.0.0.1:4000",
  "http://127.0.0.1:4000/",
  "http://127.0.0.1",
  "http://localhost:4000",
  "https://evil.example",
  "file://",
  "",
];

test.each(foreign)("C18 a page from %p can't open a socket: 403", async (origin) => {
  await expect(open({ authorization: token }, { origin })).rejects.toThrow("403");
});

test.each([
  ["a foreign page", "/graphql", foreign[1] ?? ""],
  ["a path that is none", "/nothing", ours],
])(
  "C18 an upgrade of %s that is refused is let go of, whatever its peer goes on with: it holds nothing up",
  async (_what, path, origin) => {
    const other = await startTestApi({ worker: false });
    const { hostname, port } = new URL(other.url);
    const peers = [0, 0, 200_000].map((more) => {
      const peer = connect({ host: hostname, port: Number(port), allowHalfOpen: true }).on("error", () => {});
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: ${origin}\r\n`;
      peer.write(
        `${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
      );
      peer.write(Buffer.alloc(more));
      return peer.resume();
    });
    await Promise.all(peers.map((peer) => Promise.race([once(peer, "end"), once(peer, "close")])));
    await other.stop();
    for (const peer of peers) peer.destroy();
  },
);

test("C18 who names no origin is no browser; its token is in the payload, and a cookie or a header is nothing", async () => {
  const socket = await open({}, { cookie: `token=${token}`, authorization: token });
  expect((await socket.closed)[0]).toBe(4401);
});
