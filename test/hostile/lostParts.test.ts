import { actOnAll, harrowgate, mutationOf, submit } from "../support/changes";
import { openRawSocket, type SocketMessage } from "../support/rawSocket";
import { kim, operator, sam, startTestApi, type TestApi } from "../support/testApi";
import { until } from "../support/until";
import { feedQuery } from "../support/watchFeed";

/** Who loses its part while it is connected. Nobody is refused a feed: who has no part hears nothing, and hears on when it has one again. */

let api: TestApi;
let feeds: OpenFeed[] = [];
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(async () => {
  for (const feed of feeds) feed.close();
  feeds = [];
  await api.clearRequests();
});
afterAll(() => api.stop());

interface OpenFeed {
  /** Of the events that have come. */
  types(): string[];
  close(): void;
}

type OpenFeedAs = (email: string, after: string) => Promise<OpenFeed>;

const authorizationOf = async (email: string) => `Bearer ${await api.tokenFor(email)}`;
const typeOf = ({ payload }: Pick<SocketMessage, "payload">): string => payload.data.cocpEvents.type;

const bySocket: OpenFeedAs = async (email, after) => {
  const socket = await openRawSocket(api.url, { authorization: await authorizationOf(email) });
  await socket.message("connection_ack");
  socket.send({ type: "subscribe", id: "feed", payload: { query: feedQuery, variables: { after } } });
  const events = () => socket.messages.filter(({ type, id }) => type === "next" && id === "feed");
  return { types: () => events().map(typeOf), close: socket.close };
};

const byStream: OpenFeedAs = async (email, after) => {
  const over = new AbortController();
  const { body } = await fetch(`${api.url}/graphql/stream`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: await authorizationOf(email),
    },
    body: JSON.stringify({ query: feedQuery, variables: { after } }),
    signal: over.signal,
  });
  let text = "";
  body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (part) => void (text += part) }))
    .catch(() => {}); // it is left at the end
  const events = () => [...text.matchAll(/^event: next\ndata: (.*)\n\n/gm)].map(([, data = ""]) => JSON.parse(data));
  return { types: () => events().map((payload) => typeOf({ payload })), close: () => over.abort() };
};

/** Takes a person from its partner. Gives what puts it back. */
async function takeFromPartner(email: string): Promise<() => Promise<unknown>> {
  const [row] = await api.rows<{ partner_id: string }>("DELETE FROM partner_users WHERE email = $1 RETURNING *", [
    email,
  ]);
  return () =>
    api.rows(
      "INSERT INTO partner_users (email, partner_id, display_name, can_respond) VALUES ($1, $2, 'Sam Okafor', false)",
      [email, row?.partner_id],
    );
}

describe.each([
  ["a WebSocket", bySocket],
  ["an event stream", byStream],
])("over %s", (_name, openFeed) => {
  const openAs: OpenFeedAs = async (email, after) => {
    const feed = await openFeed(email, after);
    feeds.push(feed);
    return feed;
  };

  test("C26 who is taken from its partner gets no further event, and those to come when it is put back", async () => {
    const after = await api.feedNow(kim);
    const [feed, witness] = [await openAs(sam, after), await openAs(kim, after)];
    const { requestId } = await submit(api);
    await until(() => feed.types().length === 1);
    const putBack = await takeFromPartner(sam);
    await actOnAll(api, kim, "acceptCocp", { requestId });
    await until(() => witness.types().length === 2);
    await putBack();
    await submit(api, { accounts: ["7701002"] });
    await until(() => feed.types().length === 2);
    expect(witness.types()).toEqual(["INITIATED", "ACCEPTED", "INITIATED"]);
    expect(feed.types()).toEqual(["INITIATED", "INITIATED"]);
  });

  test("C26 the people of a partner that may do business no longer are told on: what is under way is still theirs", async () => {
    const feed = await openAs(kim, await api.feedNow(kim));
    const { requestId, recordIds } = await submit(api);
    await until(() => feed.types().length === 1);
    const allow = (is: boolean) => api.rows("UPDATE partners SET allowed = $1 WHERE pcn = $2", [is, harrowgate]);
    await allow(false);
    try {
      await actOnAll(api, kim, "acceptCocp", { requestId });
      await actOnAll(api, operator, "startCocpReview", { recordIds });
      await until(() => feed.types().length === 3);
      expect(feed.types()).toEqual(["INITIATED", "ACCEPTED", "REVIEW_STARTED"]);
    } finally {
      await allow(true);
    }
  });
});

test("C26 what is asked on a socket that was open before is answered by the parts of now", async () => {
  const { requestId } = await submit(api);
  const socket = await openRawSocket(api.url, { authorization: await authorizationOf(sam) });
  await socket.message("connection_ack");
  const ask = async (id: string, query: string, variables = {}) => {
    socket.send({ type: "subscribe", id, payload: { query, variables } });
    return (await socket.message("next", id)).payload;
  };
  const seen = "{ viewer { roles } cocpRecords { totalCount } }";
  expect((await ask("before", seen)).data).toEqual({
    viewer: { roles: ["PARTNER_USER"] },
    cocpRecords: { totalCount: 1 },
  });
  const putBack = await takeFromPartner(sam);
  expect((await ask("after", seen)).data).toEqual({ viewer: { roles: [] }, cocpRecords: { totalCount: 0 } });
  const refused = await ask("mutation", mutationOf("declineCocp"), { input: { requestId } });
  expect(refused).toMatchObject({ data: null, errors: [{ extensions: { code: "FORBIDDEN" } }] });
  await putBack();
  socket.close();
});
