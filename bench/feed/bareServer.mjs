// The limit of the lag: a NOTIFY of PostgreSQL that goes to every socket as a ready string, unread and unchecked.
import { createServer } from "node:http";
import pg from "pg";
import { WebSocketServer } from "ws";

const [connectionString, text] = process.argv.slice(2);
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const client = new pg.Client({ connectionString });
client.on("notification", () => {
  for (const socket of sockets.clients) socket.send(text);
});
await client.connect();
await client.query("LISTEN cocp_events");
server.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
