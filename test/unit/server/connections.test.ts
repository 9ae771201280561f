import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { createConnections, type Connections } from "../../../src/server/subscriptions/connectionRegistry";
import { until } from "../../support/until";

const lookEvery = 40;
const opened: Socket[] = [];
let connections: Connections;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: [...allButIntervals] });
  connections = createConnections({ lookEvery });
});
afterEach(() => {
  connections.stop();
  jest.useRealTimers();
  opened.splice(0).forEach((socket) => socket.destroy());
});

const allButIntervals = [
  "Date",
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "setTimeout",
] as const;
/** Looks at each connection once. */
const look = () => jest.advanceTimersByTime(lookEvery);

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
  const [stuck, stuckClient] = await pair();
  const [idle] = await pair();
  const givenUp: string[] = [];
  connections.watch(idle, { giveUp: (because) => givenUp.push(`idle ${because}`) });
  connections.watch(stuck, { giveUp: (because) => givenUp.push(`stuck ${because}`) });
  stuckClient.pause();
  fill(stuck);
  await until(() => {
    look();
    return givenUp.length > 0;
  });
  expect(new Set(givenUp)).toEqual(new Set(["stuck stuck"]));
});

test("a peer that answers pings is kept, while one that is silent is given up", async () => {
  const [alive, aliveClient] = await pair();
  const [dead, deadClient] = await pair();
  aliveClient.on("data", (ping) => aliveClient.write(ping));
  alive.resume();
  deadClient.resume();
  const givenUp: string[] = [];
  let pings = 0;
  const ping = () => void (pings += Number(alive.write("?")));
  connections.watch(alive, { ping, giveUp: (because) => givenUp.push(`alive ${because}`) });
  connections.watch(dead, { ping: () => dead.write("?"), giveUp: (because) => givenUp.push(`dead ${because}`) });
  await until(async () => {
    const [heard, pinged] = [alive.bytesRead, pings];
    look();
    if (pings > pinged) await until(() => alive.bytesRead > heard);
    return givenUp.length > 1 && (pings > 5 || givenUp.includes("alive silent"));
  });
  expect(new Set(givenUp)).toEqual(new Set(["dead silent"]));
});

test("by default a quiet peer is pinged within 10 seconds, and given up after 20 to 24 seconds of silence", async () => {
  connections.stop();
  connections = createConnections();
  const [quiet, client] = await pair();
  let seconds = 0;
  const pings: number[] = [];
  let givenUp: number | null = null;
  connections.watch(quiet, { ping: () => void pings.push(seconds), giveUp: () => void (givenUp ??= seconds) });
  client.write("the last words");
  quiet.resume();
  await until(() => quiet.bytesRead > 0);
  for (; givenUp === null && seconds < 60; seconds += 1) jest.advanceTimersByTime(1_000);
  expect(pings[0]).toBeLessThanOrEqual(10);
  expect(pings.length).toBe(4);
  expect(givenUp).toBeGreaterThanOrEqual(19); // counted in whole seconds
  expect(givenUp).toBeLessThanOrEqual(24);
});

test("counts what is watched until the watch ends", async () => {
  const [socket] = await pair();
  const ends = Array.from({ length: 25 }, () => connections.watch(socket, { giveUp: () => {} }));
  expect(connections.count).toBe(25);
  ends.forEach((end) => end());
  expect(connections.count).toBe(0);
});

test("counts each person's connections by themselves, and a release once", () => {
  const releases = Array.from({ length: 20 }, () => connections.admit("kim@partner.example", "192.0.2.1"));
  expect(connections.admit("kim@partner.example", "192.0.2.1")).toBeNull();
  expect(connections.admit("dana@customer.example", "192.0.2.1")).not.toBeNull();
  releases[0]?.();
  releases[0]?.();
  expect(connections.admit("kim@partner.example", "192.0.2.1")).not.toBeNull();
  expect(connections.admit("kim@partner.example", "192.0.2.1")).toBeNull();
});
