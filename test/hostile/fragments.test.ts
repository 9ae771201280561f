import { once } from "node:events";
import WebSocket from "ws";
import { dana, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterAll(() => api.stop());

test("C16 a message in endless tiny pieces is ended before anybody has signed in, and others are served on", async () => {
  const socket = new WebSocket(`${api.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  const closed = once(socket, "close");
  for (let piece = 0; piece < 17; piece += 1) socket.send("x", { fin: false });
  const [code] = (await closed) as [number];
  expect(code).toBe(1008);
  expect(await api.data(dana, "{ viewer { email } }")).toEqual({ viewer: { email: dana } });
});
