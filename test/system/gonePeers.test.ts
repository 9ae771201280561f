import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import WebSocket from "ws";
import { packageFolder } from "../../src/paths";
import { writeEvents } from "../support/data/manyEvents";
import { readMetrics } from "../support/api/metrics";
import { openRawSocket, type RawSocket } from "../support/network/rawSocket";
import { dana, kim, stellan } from "../support/api/testApi";
import { withClient } from "../support/api/testServer";
import { canVanish, vanish } from "../support/network/vanish";
import { waitFor } from "../support/waitFor";
import { unresponsivePeersIn } from "./unresponsivePeers";
import { initiate, prepareProcesses, submission, type Processes } from "./processes";
import type { Command } from "./support";

/** Peers whose packets are lost from one moment on: neither FIN nor RST nor acknowledgement comes from them. */

let processes: Processes;
let server: Command;
beforeAll(async () => {
  processes = await prepareProcesses();
  await processes.run("migrate");
  await processes.run("import", join(packageFolder, "demo"));
  server = await processes.start("serve");
  await processes.ask(dana, initiate, { input: await submission(processes, dana, [0, 1]) });
}, 60_000);
afterAll(() => processes.stop());

/** More than the buffers of the two kernels hold. */
const count = 4_000;
const aliases = Array.from({ length: 10 }, (_, index) => `${"long".repeat(50)}${index}: id`).join(" ");
const query = `subscription { cocpEvents { cursor ${aliases} } }`;

async function authorization(email: string): Promise<string> {
  return `Bearer ${await processes.tokenFor(email)}`;
}

/** A subscription over a WebSocket, and what is under it. The log knows it by its name. */
async function subscribeBySocket(email: string, name: string): Promise<Socket> {
  const headers = { "x-request-id": name };
  const client = new WebSocket(`${processes.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", { headers });
  client.on("error", () => {}); // it is cut off
  const [upgraded] = (await once(client, "upgrade")) as [IncomingMessage];
  client.send(JSON.stringify({ type: "connection_init", payload: { authorization: await authorization(email) } }));
  await once(client, "message");
  client.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
  return upgraded.socket;
}

/** The same as an event stream. */
async function subscribeByStream(email: string, name: string): Promise<Socket> {
  const asked = request(`${processes.url}/graphql/stream`, {
    method: "POST",
    agent: false, // one that keeps connections alive asks the other side for a sign of life, hears none, and resets them
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: await authorization(email),
      "x-request-id": name,
    },
  });
  asked.on("error", () => {}).end(JSON.stringify({ query }));
  const [stream] = (await once(asked, "response")) as [IncomingMessage];
  stream.on("error", () => {}).resume();
  return stream.socket;
}

async function subscribeAndStay(email: string): Promise<RawSocket> {
  const socket = await openRawSocket(processes.url, { authorization: await authorization(email) });
  await socket.message("connection_ack");
  socket.send({ type: "subscribe", id: "1", payload: { query: "subscription { cocpEvents { cursor } }" } });
  return socket;
}

const metric = async (name: string) => (await readMetrics(processes.url)).value(name);

(canVanish ? test : test.skip)(
  "C24 a peer gone without a word is let go of by what it does not answer, or does not take; who answers is kept",
  async () => {
    const kept = await subscribeAndStay(kim);
    // Stellan has nothing to hear of. An event stream can't be asked for a sign of life: it is found by what waits
    // for it.
    const gone = [
      await subscribeBySocket(stellan, "quiet-socket"),
      await subscribeBySocket(kim, "busy-socket"),
      await subscribeByStream(kim, "busy-stream"),
    ];
    await waitFor("the subscriptions", async () => (await metric("changeover_subscriptions")) === gone.length + 1);
    await Promise.all(gone.map(vanish));
    const rows = async <Row extends object>(statement: string) =>
      await withClient(processes.database.url, async (client) => (await client.query<Row>(statement)).rows);
    await writeEvents({ rows }, 2, count);
    await waitFor("their end", async () => unresponsivePeersIn(server.output()).length === gone.length, 90_000);
    const ends = unresponsivePeersIn(server.output()).map(({ requestId, reason }) => ({ name: requestId, reason }));
    expect(new Map(ends.map(({ name, reason }) => [name, reason]))).toEqual(
      new Map([
        ["quiet-socket", "silent"],
        ["busy-socket", "stuck"],
        ["busy-stream", "stuck"],
      ]),
    );
    for (const name of ["changeover_connections", "changeover_subscriptions"]) expect(await metric(name)).toBe(1);
    await waitFor("the events", async () => kept.messages.filter(({ type }) => type === "next").length === count);
    expect(kept.isOpen()).toBe(true);
    kept.close();
    for (const socket of gone) socket.destroy();
  },
  120_000,
);
