import { request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import WebSocket from "ws";
import { submit } from "../support/api/changes";
import { writeEvents } from "../support/data/manyEvents";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { until } from "../support/until";
import { watchFeed } from "../support/api/watchFeed";

/** Clients that do not read cost a bounded buffer. They delay no others, and lose no events. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

/** More than the buffers of the two kernels hold. */
const count = 4_000;
const aliases = Array.from({ length: 10 }, (_, index) => `${"long".repeat(50)}${index}: id`).join(" ");
const query = `subscription ($after: String) { cocpEvents(after: $after) { cursor ${aliases} } }`;
const cursorsIn = (text: string) => Array.from(text.matchAll(/"cursor":"([^"]+)"/g), ([, cursor]) => cursor);

async function deliveries(transport: string): Promise<number> {
  const metrics = await (await fetch(`${api.url}/metrics`)).text();
  const pattern = new RegExp(`^changeover_deliveries_total{transport="${transport}"} (.*)$`, "m");
  return Number(pattern.exec(metrics)?.[1] ?? 0);
}

/** The value of a count when it has stopped growing. */
async function standstill(look: () => number | Promise<number>): Promise<number> {
  let last = -1;
  let same = 0;
  await until(async () => {
    const now = await look();
    same = now === last ? same + 1 : 0;
    last = now;
    return same > 20;
  });
  return last;
}

/** Writes events, and waits until a client that reads has received all of them. */
async function happen(after: string): Promise<string[]> {
  const client = api.socket(dana);
  const reader = watchFeed(client, { after });
  await writeEvents(api, 2, count);
  await until(() => reader.events.length === count);
  await client.dispose();
  return reader.events.map(({ cursor }) => cursor);
}

/** A raw socket after its connection_ack. */
async function openSocket(email: string): Promise<WebSocket> {
  const client = new WebSocket(`${api.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(client, "open");
  const payload = { authorization: `Bearer ${await api.tokenFor(email)}` };
  client.send(JSON.stringify({ type: "connection_init", payload }));
  await once(client, "message");
  return client;
}

test("a socket that does not read delays no others; when it reads again, it gets all events in order", async () => {
  await submit(api);
  const after = await api.feedNow(dana);
  const client = await openSocket(kim);
  const text: string[] = [];
  client.on("message", (data: Buffer) => text.push(data.toString()));
  client.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query, variables: { after } } }));
  client.pause();
  const before = await deliveries("websocket");
  const cursors = await happen(after);
  expect((await deliveries("websocket")) - before - count).toBeLessThan(count);
  client.resume();
  await until(() => text.length === count);
  expect(text.flatMap(cursorsIn)).toEqual(cursors);
  client.terminate();
});

test("an event stream that does not read delays no others; when it reads again, it gets all events in order", async () => {
  await submit(api);
  const after = await api.feedNow(dana);
  const asked = request(`${api.url}/graphql/stream`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: `Bearer ${await api.tokenFor(kim)}`,
    },
  });
  asked.end(JSON.stringify({ query, variables: { after } }));
  const [stream] = (await once(asked, "response")) as [IncomingMessage];
  const cursors = await happen(after);
  expect(await standstill(() => deliveries("event-stream"))).toBeLessThan(count);
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await until(() => cursorsIn(text).length === count);
  expect(cursorsIn(text)).toEqual(cursors);
  stream.destroy();
});

test("the server stops reading from a socket that sends without reading, until it reads", async () => {
  const client = await openSocket(kim);
  client.pause();
  const pings = 500; // 30 MB: more than the buffers of the two kernels hold
  let sent = 0;
  let pongs = 0;
  client.on("message", () => (pongs += 1));
  const ping = JSON.stringify({ type: "ping", payload: { text: "x".repeat(60_000) } });
  for (let each = 0; each < pings; each += 1) client.send(ping, () => (sent += 1));
  expect(await standstill(() => sent)).toBeLessThan(pings);
  client.resume();
  await until(() => pongs === pings);
  client.terminate();
});
