// The other core: opens sockets, counts what comes, and says when every socket has had every event.
import { randomUUID } from "node:crypto";
import WebSocket from "ws";

const query = `subscription { cocpEvents {
  id cursor type occurredAt requestId status record { id status billingAccount { accountNumber displayName } } } }`;
const sockets = [];
let expected = Infinity;
let received = 0;
let times = null;

process.on("message", async ({ open, expect, wantsTimes, tokens, url }) => {
  if (open) {
    for (let first = 0; first < open; first += 100) {
      await Promise.all(
        Array.from({ length: Math.min(100, open - first) }, (_, index) => connect(url, tokens?.[first + index])),
      );
    }
    process.send({ opened: open });
  }
  if (expect) {
    expected = expect;
    received = 0;
    times = wantsTimes ? [] : null;
    process.send({ ready: true });
  }
});

function connect(url, token) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, token === undefined ? [] : ["graphql-transport-ws"], {
      perMessageDeflate: false,
    });
    socket.on("error", reject);
    socket.on("close", (code) => console.error(`closed: ${code}`));
    sockets.push(socket);
    if (token === undefined) {
      socket.on("open", resolve);
      socket.on("message", count);
      return;
    }
    socket.on("open", () =>
      socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } })),
    );
    socket.on("message", (data) => {
      // A look at the type alone: parsing would measure the load.
      const isNext = data.includes('"type":"next"');
      if (isNext) return count();
      if (data.includes("connection_ack")) {
        socket.send(JSON.stringify({ id: randomUUID(), type: "subscribe", payload: { query } })); // as stock clients do
        resolve();
      } else if (data.includes('"ping"')) socket.send('{"type":"pong"}');
    });
  });
}

function count() {
  received += 1;
  times?.push(performance.timeOrigin + performance.now());
  if (received === expected) process.send({ done: true, times });
}
