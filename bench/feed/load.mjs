// The other core: opens sockets, counts what comes, and says when every socket has had every event.
import WebSocket from "ws";

const query = `subscription { cocpEvents {
  id cursor type occurredAt requestId status record { id status billingAccount { accountNumber displayName } } } }`;
const sockets = [];
let expected = Infinity;
let received = 0;
let times = [];

process.on("message", async ({ open, expect, tokens, url }) => {
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
    times = [];
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
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
        resolve();
      } else if (data.includes('"ping"')) socket.send('{"type":"pong"}');
    });
  });
}

function count() {
  received += 1;
  times.push(Date.now());
  if (received === expected) process.send({ done: true, times: summary() });
}

function summary() {
  return { first: times[0], last: times.at(-1) };
}
