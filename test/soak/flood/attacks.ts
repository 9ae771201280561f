import { frame, text, type Peer } from "./peer";

/** Who attacks: tokens of people whom the issuer knows, and one that nobody has signed. */
export interface Tokens {
  readonly good: readonly string[];
  readonly bad: string;
}

/** What one socket does, again and again: it is opened anew when it is closed. */
export type Attack = (peer: Peer, token: string, badToken: string) => void | Promise<void>;

const init = (token?: string) =>
  text({ type: "connection_init", payload: token === undefined ? {} : { authorization: `Bearer ${token}` } });
const many = (count: number, bytes: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => bytes(i)));
const subscribe = (id: string, query: string) => text({ type: "subscribe", id, payload: { query } });

const pings = many(1_000, () => frame(9, ""));
const pingMessages = many(200, () => text({ type: "ping" }));
const fragments = Buffer.concat([frame(1, " ", false), many(1_000, () => frame(0, " ", false))]);
const overCost = many(50, (i) =>
  subscribe(String(i), "{ cocpRecords(first: 100) { nodes { request { records { request { records { id } } } } } } }"),
);
const longAliases = Array.from({ length: 10 }, (_, index) => `${"long".repeat(250)}${index}: id`).join(" ");
const feeds = many(40, (i) => subscribe(String(i), `subscription { cocpEvents { ${longAliases} } }`));
const answers = many(200, (i) => subscribe(String(i), `{ viewer { ${longAliases.replaceAll(": id", ": email")} } }`));

async function welcomed(peer: Peer, token: string): Promise<void> {
  await peer.upgrade();
  const welcome = peer.received("connection_ack");
  peer.socket.write(init(token));
  await welcome;
}

export const attacks: Readonly<Record<string, Attack>> = {
  "says nothing": (peer) => peer.upgrade(),
  "has no token": async (peer) => {
    await peer.upgrade();
    peer.socket.write(init());
  },
  "has a bad token": async (peer, _token, badToken) => {
    await peer.upgrade();
    peer.socket.write(init(badToken));
  },
  "pings before the welcome": async (peer) => {
    await peer.upgrade();
    peer.flood(pings);
  },
  "pings by messages": async (peer, token) => {
    await welcomed(peer, token);
    peer.flood(pingMessages);
  },
  "asks too much": async (peer, token) => {
    await welcomed(peer, token);
    peer.flood(overCost);
  },
  "talks nonsense": async (peer, token) => {
    await welcomed(peer, token);
    peer.socket.write(text("{"));
  },
  "sends what is too large": async (peer) => {
    await peer.upgrade();
    peer.flood(text("x".repeat(1024 * 1024)));
  },
  "sends fragments": async (peer) => {
    await peer.upgrade();
    peer.flood(fragments);
  },
  "never ends its header": (peer) => void peer.socket.write("GET /graphql HTTP/1.1\r\nHost: x\r\nX-Endless: "),
  "does not read": async (peer, token) => {
    await welcomed(peer, token);
    peer.socket.pause();
    peer.socket.write(Buffer.concat([feeds, answers]));
  },
  "comes and goes": async (peer, token) => {
    await welcomed(peer, token);
    peer.socket.destroy();
  },
};
