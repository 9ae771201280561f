import { once } from "node:events";
import { defaultTimings } from "../../src/timings";
import { dana, startTestApi, type TestApi, type TestNode } from "../support/api/testApi";
import { besideSlowConnections, headOf } from "./support/besideSlowConnections";
import { openConnection } from "./support/rawHttp";
import { requestTransports, type Transport } from "./support/transports";

/** Requests that never end hold a connection for a while, and no longer. */

let api: TestApi;
/** A node that waits for a request no longer than the test does. */
let impatient: TestNode;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
  impatient = await api.startNode({ headers: 500, request: 1_000 });
});
afterAll(async () => {
  await impatient.stop();
  await api.stop();
});

/** Sends a text, and returns the server's answer once the server has closed the connection. */
async function answerTo(text: string): Promise<string> {
  const socket = openConnection(impatient.url);
  const closed = once(socket, "close");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("utf8")));
  socket.write(text);
  await closed;
  return answer;
}

async function expectService(ask: Transport["ask"]): Promise<void> {
  const { data } = await ask(api, await api.tokenFor(dana), { query: "{ viewer { email } }" });
  expect(data.viewer.email).toBe(dana);
}

test("a request has 15 seconds, and its headers 5", () => {
  expect(defaultTimings).toMatchObject({ headers: 5_000, request: 15_000 });
});

describe.each(requestTransports)("over $name", ({ ask, path }) => {
  test("A8 A9 a header, and a body, that do not end are cut, and others are served meanwhile", async () => {
    const head = await headOf(api, path, dana);
    const answers = Promise.all([
      answerTo(`${head}X-Endless: `),
      answerTo(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n5\r\nry"`),
      answerTo(`${head}Content-Length: 1000\r\n\r\n{`),
    ]);
    await expectService(ask);
    for (const answer of await answers) expect(answer).toMatch(/^(HTTP\/1\.1 (408|400) |$)/);
    await expectService(ask);
  });
});

describe("beside 400 slow connections", () => {
  let release: () => void;
  let held: Promise<void>;
  beforeAll(async () => {
    const released = new Promise<void>((resolve) => (release = resolve));
    await new Promise<void>((resolve) => {
      held = besideSlowConnections(api, async () => {
        resolve();
        await released;
      });
    });
  });
  afterAll(async () => {
    release();
    await held;
  });

  describe.each(requestTransports)("over $name", ({ ask }) => {
    test("A24 others are served: headers and bodies by the byte, and answers that are not read", async () => {
      for (let turn = 0; turn < 20; turn += 1) await expectService(ask);
    });
  });
});
