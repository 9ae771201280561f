import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { makeServer } from "graphql-ws";
import { WebSocket, WebSocketServer } from "ws";
import { createLogger } from "../../../src/logger";
import { speakGraphql } from "../../../src/server/socketAdapter";
import { waitFor } from "../../support/waitFor";

test("what a client has sent and nobody has read is dropped when its connection is closed", async () => {
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = new WebSocketServer({ server: http });
  let connection: Socket | undefined;
  let taken = 0;
  server.on("connection", (client, { socket }) => {
    connection = socket;
    speakGraphql(makeServer({}), {
      client,
      socket,
      extra: undefined,
      isDeaf: () => false,
      isKnown: () => true,
      takeTurn: () => {
        taken += 1;
        return new Promise(() => {}); // its turn does not come
      },
      wasCutOff: () => {},
      logger: createLogger("silent", "json"),
    });
  });
  const { port } = http.address() as AddressInfo;
  const peer = new WebSocket(`ws://127.0.0.1:${port}`, "graphql-transport-ws");
  await once(peer, "open");
  const [client] = server.clients;
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent += 1) peer.send('{"type":"ping"}');
  };
  send(20);
  await waitFor("the server to read no further", async () => client?.isPaused);
  send(20);
  await waitFor("more to arrive", async () => connection !== undefined && connection.readableLength > 0);
  const read = taken;
  const closed = once(client as WebSocket, "close");
  client?.terminate();
  await closed;
  expect(taken).toBe(read);
  server.close();
  http.close();
});
