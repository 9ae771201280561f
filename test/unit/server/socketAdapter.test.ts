import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { makeServer } from "graphql-ws";
import { WebSocket, WebSocketServer } from "ws";
import { createLogger } from "../../../src/logger";
import { speakGraphql, type OpenSocket } from "../../../src/server/socketAdapter";
import { waitFor } from "../../support/waitFor";

/** A server whose sockets speak GraphQL, and a peer of it. */
async function open(options: Pick<OpenSocket<undefined>, "isKnown" | "takeTurn" | "wasRefused">) {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = new WebSocketServer({ server: http, maxPayload: 20_000 });
  const accepted = new Promise<{ client: WebSocket; socket: Socket }>((resolve) => {
    server.on("connection", (client, { socket }) => {
      const logger = createLogger("silent", "json");
      const fixed = { client, socket, extra: undefined, isDeaf: () => false, wasCutOff: () => {}, logger };
      speakGraphql(makeServer({}), { ...fixed, ...options });
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
