import { act, actOnAll, submit } from "../support/api/changes";
import { openRawSocket, type RawSocket } from "../support/network/rawSocket";
import { dana, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { feedQuery, watchFeed } from "../support/api/watchFeed";

/** A clock that is set while people are there: what was signed in by it ends by it. */

let api: TestApi;
let sockets: RawSocket[] = [];
beforeAll(async () => {
  api = await startTestApi({ worker: false, timings: { clockCheck: 50 } });
});
beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: true, doNotFake: [...allButDate] });
});
afterEach(() => {
  jest.useRealTimers();
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(() => api.stop());

const hour = 3_600_000;
const allButDate = [
  "hrtime",
  "nextTick",
  "performance",
  "queueMicrotask",
  "setImmediate",
  "clearImmediate",
  "setInterval",
  "clearInterval",
  "setTimeout",
  "clearTimeout",
] as const;
const setClock = (milliseconds: number) => jest.setSystemTime(Date.now() + milliseconds);

const whoAmI = "{ viewer { email } }";

async function openWith(token: string): Promise<RawSocket> {
  const socket = await openRawSocket(api.url, { authorization: `Bearer ${token}` });
  sockets.push(socket);
  await socket.message("connection_ack");
  return socket;
}

const subscribe = (id: string, query: string) => ({ type: "subscribe", id, payload: { query } });

/** Subscribes to the feed by an event stream; `all` is what it said until it ended. */
async function streamWith(token: string): Promise<{ readonly all: Promise<string> }> {
  const response = await fetch(`${api.url}/graphql/stream`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: feedQuery }),
  });
  expect(response.status).toBe(200);
  return { all: response.text() };
}

async function answerOn(socket: RawSocket) {
  const id = crypto.randomUUID();
  socket.send(subscribe(id, whoAmI));
  return (await socket.message(["next", "error"], id)).payload.data;
}

test("when the clock is set past a token's end, its sockets and streams end within seconds, and it is good for nothing more", async () => {
  const token = await api.tokenFor(dana);
  const other = await openWith(await api.tokenFor(kim, 20 * 3_600));
  const [idle, busy] = [await openWith(token), await openWith(token)];
  busy.send(subscribe("1", feedQuery));
  const stream = await streamWith(token);
  expect((await api.askWith(token, whoAmI)).status).toBe(200);
  setClock(13 * hour);
  const { status, errors } = await api.askWith(token, whoAmI);
  expect([status, errors?.[0]?.extensions["code"]]).toEqual([401, "UNAUTHENTICATED"]);
  const late = await openRawSocket(api.url, { authorization: `Bearer ${token}` });
  for (const socket of [idle, busy, late]) expect(await socket.closed).toEqual([4403, "token-expired"]);
  expect(late.messages).toEqual([]);
  expect(await stream.all).not.toContain("event: complete"); // its client is to come back
  expect(await answerOn(other)).toEqual({ viewer: { email: kim } });
});

test("a clock that is set back by a day ends nothing: sockets and feeds go on, tokens stay what they are", async () => {
  const { requestId } = await submit(api);
  const after = await api.feedNow(dana);
  const [token, unseen] = [await api.tokenFor(dana), await api.tokenFor(dana)];
  const expired = await api.tokenFor(dana, -2 * 24 * 3_600);
  const socket = await openWith(token);
  const closings: unknown[] = [];
  const client = api.socket(dana, { on: { closed: (event) => void closings.push(event) } });
  const feed = watchFeed(client, { after });
  try {
    setClock(-24 * hour);
    for (const good of [token, unseen]) expect((await api.askWith(good, whoAmI)).status).toBe(200);
    expect((await api.askWith(expired, whoAmI)).status).toBe(401);
    await actOnAll(api, kim, "acceptCocp", { requestId });
    await feed.until(1);
    expect(feed.types()).toEqual(["ACCEPTED"]);
    expect(await answerOn(socket)).toEqual({ viewer: { email: dana } });
    expect(closings).toEqual([]);
  } finally {
    await client.dispose();
    await api.clearRequests();
  }
});

test.each([
  ["30 days", 30 * 86_400],
  ["a hundred years", 36_525 * 86_400],
  ["longer than there are dates", 1e13],
])("a token for %s is good, and its socket stays open", async (_long, seconds) => {
  const token = await api.tokenFor(dana, seconds);
  const socket = await openWith(token);
  for (let time = 1; time <= 3; time += 1) {
    expect((await api.askWith(token, whoAmI)).data).toEqual({ viewer: { email: dana } });
    expect(await answerOn(socket)).toEqual({ viewer: { email: dana } });
  }
});

test.each([5, -5])(
  "a server whose clock is off by %i minutes stores and decides by the database's",
  async (minutes) => {
    setClock((minutes / 60) * hour);
    try {
      const { requestId } = await submit(api);
      await api.rows("UPDATE cocp_records SET expires_at = clock_timestamp() + interval '2 minutes'");
      await actOnAll(api, kim, "acceptCocp", { requestId });
      const late = await submit(api, { accounts: ["7701002"] });
      await api.rows(
        "UPDATE cocp_records SET expires_at = clock_timestamp() - interval '2 minutes' WHERE status = 'IN_PROGRESS'",
      );
      const { userErrors } = await act(api, kim, "acceptCocp", { requestId: late.requestId });
      expect(userErrors).toMatchObject([{ code: "DEADLINE_PASSED" }]);
      const times = `SELECT submitted_at AS at FROM cocp_requests UNION ALL SELECT occurred_at FROM cocp_events WHERE type <> 'EXPIRED'
      UNION ALL SELECT created_at FROM cocp_notifications`;
      const off = `SELECT FROM (${times}) stored WHERE abs(extract(epoch FROM clock_timestamp() - at)) > 150`;
      expect(await api.rows(off)).toEqual([]);
    } finally {
      await api.clearRequests();
    }
  },
);
