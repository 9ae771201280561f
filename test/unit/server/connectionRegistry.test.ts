import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { ConnectionRegistry } from "../../../src/server/subscriptions/connectionRegistry";
import { until } from "../../support/until";

const checkInterval = 40;
const opened: Socket[] = [];
let connections: ConnectionRegistry;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: [...allButIntervals] });
  connections = new ConnectionRegistry({ checkInterval });
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
/** Checks each connection once. */
const checkAll = () => jest.advanceTimersByTime(checkInterval);

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

/** Writes until the socket applies backpressure. */
function fill(socket: Socket): void {
  while (socket.writableLength === 0) socket.write(Buffer.alloc(1024 * 1024));
}

test("keeps a peer for which nothing waits, and drops one that does not read", async () => {
  const [stuck, stuckClient] = await pair();
  const [idle] = await pair();
  const dropped: string[] = [];
  connections.monitor(idle, { drop: (reason) => dropped.push(`idle ${reason}`) });
  connections.monitor(stuck, { drop: (reason) => dropped.push(`stuck ${reason}`) });
  stuckClient.pause();
  await until(() => {
    fill(stuck); // the kernel may take more for a while
    checkAll();
    return dropped.length > 0;
  });
  expect(new Set(dropped)).toEqual(new Set(["stuck stuck"]));
});

test("keeps a peer that answers pings, and drops a silent one", async () => {
  const [alive, aliveClient] = await pair();
  const [dead, deadClient] = await pair();
  aliveClient.on("data", (ping) => aliveClient.write(ping));
  alive.resume();
  deadClient.resume();
  const dropped: string[] = [];
  let pings = 0;
  const ping = () => void (pings += Number(alive.write("?")));
  connections.monitor(alive, { ping, drop: (reason) => dropped.push(`alive ${reason}`) });
  connections.monitor(dead, { ping: () => dead.write("?"), drop: (reason) => dropped.push(`dead ${reason}`) });
  await until(async () => {
    const [heard, pinged] = [alive.bytesRead, pings];
    checkAll();
    if (pings > pinged) await until(() => alive.bytesRead > heard);
    return dropped.length > 1 && (pings > 5 || dropped.includes("alive silent"));
  });
  expect(new Set(dropped)).toEqual(new Set(["dead silent"]));
});

test("by default pings a quiet peer within 10 seconds, and drops it after 20 to 24 seconds of silence", async () => {
  connections.stop();
  connections = new ConnectionRegistry();
  const [quiet, client] = await pair();
  let seconds = 0;
  const pings: number[] = [];
  let dropped: number | null = null;
  connections.monitor(quiet, { ping: () => void pings.push(seconds), drop: () => void (dropped ??= seconds) });
  client.write("the last words");
  quiet.resume();
  await until(() => quiet.bytesRead > 0);
  for (; dropped === null && seconds < 60; seconds += 1) jest.advanceTimersByTime(1_000);
  expect(pings[0]).toBeLessThanOrEqual(10);
  expect(pings.length).toBe(4);
  expect(dropped).toBeGreaterThanOrEqual(19); // counted in whole seconds
  expect(dropped).toBeLessThanOrEqual(24);
});

test("counts monitored connections until their checks end", async () => {
  const [socket] = await pair();
  const ends = Array.from({ length: 25 }, () => connections.monitor(socket, { drop: () => {} }));
  expect(connections.count).toBe(25);
  ends.forEach((end) => end());
  expect(connections.count).toBe(0);
});

test("counts the connections of each person separately, and a release once", () => {
  const releases = Array.from({ length: 20 }, () => connections.admit("kim@partner.example", "192.0.2.1"));
  expect(connections.admit("kim@partner.example", "192.0.2.1")).toBeNull();
  expect(connections.admit("dana@customer.example", "192.0.2.1")).not.toBeNull();
  releases[0]?.();
  releases[0]?.();
  expect(connections.admit("kim@partner.example", "192.0.2.1")).not.toBeNull();
  expect(connections.admit("kim@partner.example", "192.0.2.1")).toBeNull();
});
