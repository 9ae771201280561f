import { once } from "node:events";
import { dana, startTestApi, type TestApi } from "../support/testApi";
import { openConnection } from "./support/rawHttp";

/** Requests that never end hold a connection for a while, and no longer. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterAll(() => api.stop());

/** Seconds until the server ends a connection on which this was sent, and what it said. */
async function patienceWith(text: string): Promise<{ seconds: number; said: string }> {
  const socket = openConnection(api.url);
  const closed = once(socket, "close");
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const began = performance.now();
  socket.write(text);
  await closed;
  return { seconds: (performance.now() - began) / 1_000, said };
}

test("A8 A9 a header, and a body, that do not end are cut within 20 seconds, and others are served meanwhile", async () => {
  const token = await api.tokenFor(dana);
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  const slow = [
    patienceWith(`${head}X-Endless: `),
    patienceWith(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n5\r\nry"`),
    patienceWith(`${head}Content-Length: 1000\r\n\r\n{`),
  ];
  expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
  const ends = await Promise.all(slow);
  for (const { seconds, said } of ends) {
    expect(seconds).toBeLessThan(20);
    expect(said).toMatch(/^(HTTP\/1\.1 (408|400) |$)/);
  }
  expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
}, 40_000);

test("A24 400 slow connections delay nobody: headers and bodies by the byte, and answers that are not read", async () => {
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${await api.tokenFor(dana)}\r\n`;
  const body = JSON.stringify({ query: "{ cocpRecords(first: 1) { nodes { id } } }" });
  const whole = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  const kinds = [`${head}X-Slow: `, `${head}Content-Length: 5000\r\n\r\n{`, whole.repeat(5)];
  const slow = Array.from({ length: 400 }, (_, index) => {
    const socket = openConnection(api.url);
    socket.write(kinds[index % kinds.length] ?? "");
    socket.pause();
    return socket;
  });
  const drip = setInterval(() => {
    slow.forEach((socket, index) => void (index % kinds.length < 2 && socket.writable && socket.write(" ")));
  }, 500);
  try {
    const times: number[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      const began = performance.now();
      expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
      times.push(performance.now() - began);
    }
    expect(times.toSorted((one, other) => one - other)[98]).toBeLessThan(1_000);
  } finally {
    clearInterval(drip);
    for (const socket of slow) socket.destroy();
  }
}, 40_000);
