import { actOnAll, harrowgate, mutationOf, submit } from "../support/api/changes";
import { openRawSocket } from "../support/network/rawSocket";
import { kim, operator, sam, startTestApi, type TestApi } from "../support/api/testApi";
import { until } from "../support/until";
import { watchFeed } from "../support/api/watchFeed";
import { feedTransports } from "./support/transports";

/**
 * Who loses its part while it is connected. Nobody is refused a feed: who has no part hears nothing, and hears on
 * when it has one again.
 */

let api: TestApi;
const clients: { dispose(): void }[] = [];
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.dispose();
  await api.clearRequests();
});
afterAll(() => api.stop());

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

describe.each(feedTransports)("over $name", ({ connect }) => {
  const openAs = async (email: string, after: string) => {
    const client = connect(api, email);
    clients.push(client);
    return watchFeed(client, { after });
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
  const socket = await openRawSocket(api.url, { authorization: `Bearer ${await api.tokenFor(sam)}` });
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
