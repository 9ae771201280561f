import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createConnections } from "../../../src/server/connections";
import { until } from "../../support/until";

const lookEvery = 20;
const opened: Socket[] = [];
afterEach(() => opened.splice(0).forEach((socket) => socket.destroy()));

/** The server's and the client's end of a connection. */
async function pair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  server.close();
  opened.push(accepted, client);
  return [accepted, client];
}

/** Writes until something has to wait for the reader. */
function fill(socket: Socket): void {
  while (socket.writableLength === 0) socket.write(Buffer.alloc(1024 * 1024));
}

test("a peer for whom nothing waits is kept, while one that does not read is given up", async () => {
  const connections = createConnections(lookEvery);
  const [stuck, stuckClient] = await pair();
  const [idle] = await pair();
  const givenUp: string[] = [];
  connections.watch(idle, () => givenUp.push("idle"));
  connections.watch(stuck, () => givenUp.push("stuck"));
  stuckClient.pause();
  fill(stuck);
  await until(() => givenUp.length > 0);
  connections.stop();
  expect(givenUp).toEqual(["stuck"]);
});

test("counts each person's connections by themselves, and a release once", () => {
  const connections = createConnections(lookEvery);
  const releases = Array.from({ length: 20 }, () => connections.admit("kim@partner.example"));
  expect(connections.admit("kim@partner.example")).toBeNull();
  expect(connections.admit("dana@customer.example")).not.toBeNull();
  releases[0]?.();
  releases[0]?.();
  expect(connections.admit("kim@partner.example")).not.toBeNull();
  expect(connections.admit("kim@partner.example")).toBeNull();
  connections.stop();
});
