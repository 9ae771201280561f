import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buildSchema, GraphQLError } from "graphql";
import { makeServer, type ServerOptions } from "graphql-ws";
import { WebSocket, WebSocketServer } from "ws";
import { createLogger } from "../../../src/logger";
import { speakGraphql, type OpenSocket } from "../../../src/server/websocket/protocolAdapter";
import { waitFor } from "../../support/waitFor";

/** A server whose sockets speak GraphQL, and a peer of it. */
async function open(
  options: Pick<OpenSocket<undefined>, "isKnown" | "takeTurn" | "wasRefused">,
  graphql: ServerOptions<Record<string, unknown>, undefined> = {},
) {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = new WebSocketServer({ server: http, maxPayload: 20_000 });
  const accepted = new Promise<{ client: WebSocket; socket: Socket }>((resolve) => {
    server.on("connection", (client, { socket }) => {
      const logger = createLogger("silent", "json");
      const fixed = { client, socket, extra: undefined, isDeaf: () => false, wasCutOff: () => {}, logger };
      speakGraphql(makeServer(graphql), { ...fixed, ...options });
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

test("what a client has sent and nobody has read is dropped when its connection is closed", async () => {
  let taken = 0;
  const takeTurn = () => {
    taken += 1;
    return new Promise<void>(() => {}); // its turn does not come
  };
  const { peer, client, socket, stop } = await open({ isKnown: () => true, takeTurn, wasRefused: () => {} });
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent += 1) peer.send('{"type":"ping"}');
  };
  send(20);
  await waitFor("the server to read no further", async () => client.isPaused);
  send(20);
  await waitFor("more to arrive", async () => socket.readableLength > 0);
  const read = taken;
  const closed = once(client, "close");
  client.terminate();
  await closed;
  expect(taken).toBe(read);
  stop();
});

test.each([
  ["talks nonsense", "{", 4400],
  [
    "asks before it has said who it is",
    '{"type":"subscribe","id":"1","payload":{"query":"{ viewer { email } }"}}',
    4401,
  ],
  ["sends what is too large", "x".repeat(20_001), 1009],
])("who %s is known to have been refused", async (_does, sent, code) => {
  const wasRefused = jest.fn();
  const { peer, stop } = await open({ isKnown: () => false, takeTurn: async () => {}, wasRefused });
  peer.send(sent);
  expect((await once(peer, "close"))[0]).toBe(code);
  expect(wasRefused).toHaveBeenCalledTimes(1);
  stop();
});

test("who says who it is by a long token waits for no turn, and for one with more", async () => {
  const takeTurn = jest.fn(async () => {});
  const { peer, stop } = await open({ isKnown: () => false, takeTurn, wasRefused: () => {} });
  const authorization = `Bearer ${"x".repeat(8_192)}`;
  peer.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
  expect(String((await once(peer, "message"))[0])).toContain("connection_ack");
  expect(takeTurn).not.toHaveBeenCalled();
  peer.send(JSON.stringify({ type: "ping", payload: { more: "x".repeat(12_000) } }));
  await waitFor("a turn to be taken", async () => takeTurn.mock.calls.length > 0);
  peer.close();
  stop();
});

const schema = buildSchema("type Query { one: Int } type Subscription { one: Int }");
const fail = () => {
  throw new Error("a secret of the server");
};

test.each<[string, ServerOptions<Record<string, unknown>, undefined>]>([
  ["when it is prepared", { onSubscribe: fail }],
  ["when it runs", { schema, execute: fail }],
  ["when it subscribes", { schema, subscribe: fail }],
  ["when its answer is sent", { schema, onNext: fail }],
  ["when its end is sent", { schema, onComplete: fail }],
  ["when its error is sent", { schema, validate: () => [new GraphQLError("no")], onError: fail }],
  ["when its answer is no answer", { schema, execute: () => null as never }],
])("an exception of an operation %s is an error of that operation, and the socket stays", async (when, options) => {
  const { peer, stop } = await open({ isKnown: () => true, takeTurn: async () => {}, wasRefused: () => {} }, options);
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  peer.on("message", (data: Buffer) => void messages.push(JSON.parse(data.toString())));
  const query = when === "when it subscribes" ? "subscription { one }" : "{ one }";
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
