import { once } from "node:events";
import WebSocket from "ws";
import { operator } from "./directory";
import type { Installation } from "./installation";

const subscriptionsEach = 4;
const aliases = Array.from({ length: 10 }, (_, index) => `${"long".repeat(250)}${index}: id`).join(" ");
const query = `subscription { cocpEvents { ${aliases} } }`;

/**
 * A socket of an operator, who is told of everything, that asks for much and reads none of it. The log knows it by
 * its name.
 */
export async function openStuckReader({ servers, tokenFor }: Installation, name: string): Promise<WebSocket> {
  const headers = { "x-request-id": name };
  const client = new WebSocket(`${servers[0].url.replace("http", "ws")}/graphql`, "graphql-transport-ws", { headers });
  client.on("error", () => {}); // it is cut off
  await once(client, "open");
  const payload = { authorization: `Bearer ${await tokenFor(operator)}` };
  client.send(JSON.stringify({ type: "connection_init", payload }));
  await once(client, "message");
  for (let id = 1; id <= subscriptionsEach; id += 1) {
    client.send(JSON.stringify({ type: "subscribe", id: String(id), payload: { query } }));
  }
  client.pause();
  return client;
}
