import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buildSchema, GraphQLError } from "graphql";
import { makeServer, type ServerOptions } from "graphql-ws";
import { WebSocket, WebSocketServer } from "ws";
import { createLogger } from "../../../src/logger";
import { ProtocolAdapter, type ProtocolAdapterOptions } from "../../../src/server/websocket/protocolAdapter";
import { waitFor } from "../../support/waitFor";

/** A server whose sockets have an adapter, and a client of it. */
async function open(
  options: Pick<ProtocolAdapterOptions<undefined>, "isAuthenticated" | "schedule" | "onViolation">,
  graphql: ServerOptions<Record<string, unknown>, undefined> = {},
) {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = new WebSocketServer({ server: http, maxPayload: 20_000 });
  const accepted = new Promise<{ client: WebSocket; socket: Socket }>((resolve) => {
    server.on("connection", (client, { socket }) => {
      const logger = createLogger("silent", "json");
      const fixed = { client, socket, extra: undefined, isDraining: () => false, onFlood: () => {}, logger };
      new ProtocolAdapter({ ...fixed, ...options }).connect(makeServer(graphql));
      resolve({ client, socket });
    });
  });
  const { port } = http.address() as AddressInfo;
  const peer = new WebSocket(`ws://127.0.0.1:${port}`, "graphql-transport-ws");
  await once(peer, "open");
  return {
    peer,
    ...(await accepted),
    stop() {
      server.close();
      http.close();
    },
  };
}

test("drops unread input of a client when its connection is closed", async () => {
  let scheduled = 0;
  const schedule = () => {
    scheduled += 1;
    return new Promise<void>(() => {}); // never gets a slot
  };
  const { peer, client, socket, stop } = await open({ isAuthenticated: () => true, schedule, onViolation: () => {} });
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent += 1) peer.send('{"type":"ping"}');
  };
  send(20);
  await waitFor("the server to stop reading", async () => client.isPaused);
  send(20);
  await waitFor("more to arrive", async () => socket.readableLength > 0);
  const scheduledBefore = scheduled;
  const closed = once(client, "close");
  client.terminate();
  await closed;
  expect(scheduled).toBe(scheduledBefore);
  stop();
});

test.each([
  ["invalid JSON", "{", 4400],
  [
    "an operation before connection_init",
    '{"type":"subscribe","id":"1","payload":{"query":"{ viewer { email } }"}}',
    4401,
  ],
  ["a message that is too large", "x".repeat(20_001), 1009],
])("reports %s as a violation, once", async (_what, sent, code) => {
  const onViolation = jest.fn();
  const { peer, stop } = await open({ isAuthenticated: () => false, schedule: async () => {}, onViolation });
  peer.send(sent);
  expect((await once(peer, "close"))[0]).toBe(code);
  expect(onViolation).toHaveBeenCalledTimes(1);
  stop();
});

test("a long token is not queued, and more input of an unauthenticated client is", async () => {
  const schedule = jest.fn(async () => {});
  const { peer, stop } = await open({ isAuthenticated: () => false, schedule, onViolation: () => {} });
  const authorization = `Bearer ${"x".repeat(8_192)}`;
  peer.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
  expect(String((await once(peer, "message"))[0])).toContain("connection_ack");
  expect(schedule).not.toHaveBeenCalled();
  peer.send(JSON.stringify({ type: "ping", payload: { more: "x".repeat(12_000) } }));
  await waitFor("a scheduled chunk", async () => schedule.mock.calls.length > 0);
  peer.close();
  stop();
});

const schema = buildSchema("type Query { one: Int } type Subscription { one: Int }");
const fail = () => {
  throw new Error("a secret of the server");
};

test.each<[string, ServerOptions<Record<string, unknown>, undefined>]>([
  ["in its preparation", { onSubscribe: fail }],
  ["in its execution", { schema, execute: fail }],
  ["in its subscription", { schema, subscribe: fail }],
  ["when its result is sent", { schema, onNext: fail }],
  ["when its end is sent", { schema, onComplete: fail }],
  ["when its error is sent", { schema, validate: () => [new GraphQLError("no")], onError: fail }],
  ["without a result", { schema, execute: () => null as never }],
])("an exception of an operation %s is an error of that operation, and the socket stays", async (when, options) => {
  const { peer, stop } = await open(
    { isAuthenticated: () => true, schedule: async () => {}, onViolation: () => {} },
    options,
  );
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  peer.on("message", (data: Buffer) => void messages.push(JSON.parse(data.toString())));
  const query = when === "in its subscription" ? "subscription { one }" : "{ one }";
  peer.send('{"type":"connection_init"}');
  await waitFor("the acknowledgement", async () => messages.some(({ type }) => type === "connection_ack"));
  peer.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
  await waitFor("the error", async () => messages.some(({ type, id }) => type === "error" && id === "1"));
  peer.send('{"type":"ping"}');
  await waitFor("the answer to a ping", async () => messages.some(({ type }) => type === "pong"));
  expect(messages.find(({ type }) => type === "error")?.payload).toMatchObject([
    { message: "Internal server error", extensions: { code: "INTERNAL_SERVER_ERROR" } },
  ]);
  peer.close();
  stop();
});
