import { actOnAll, submit } from "../support/changes";
import { elena, kim, sam, startTestApi, type TestApi } from "../support/testApi";
import { watchFeed } from "../support/watchFeed";
import { feedTransports } from "./support/transports";

/** Who has subscribed, and is told nothing that is not for it, or not any more: over each transport that carries events. */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterEach(() => api.clearRequests());
afterAll(() => api.stop());

describe.each(feedTransports)("over $name", ({ connect }) => {
  const clients: { dispose(): void }[] = [];
  afterEach(() => clients.splice(0).forEach((client) => client.dispose()));
  /** The feed of a person from now on. */
  async function watch(email: string, filter = {}) {
    const client = connect(api, email);
    clients.push(client);
    return watchFeed(client, { after: await api.feedNow(kim), filter });
  }

  test("C26 who is taken from its partner while a feed is open gets no further event", async () => {
    const sams = await watch(sam);
    const { requestId } = await submit(api);
    await sams.until(1);
    const [{ partner_id: partnerId } = {}] = await api.rows<{ partner_id?: string }>(
      "DELETE FROM partner_users WHERE email = $1 RETURNING partner_id",
      [sam],
    );
    const kims = await watch(kim);
    await actOnAll(api, kim, "acceptCocp", { requestId });
    await kims.until(1);
    expect(sams.types()).toEqual(["INITIATED"]);
    await api.rows(
      "INSERT INTO partner_users (email, partner_id, display_name, can_respond) VALUES ($1, $2, 'Sam Okafor', false)",
      [sam, partnerId],
    );
  });

  test("C29 a filter that names another's request tells nothing, at the start and for each event", async () => {
    const { requestId } = await submit(api);
    const elenas = await watch(elena, { requestId });
    const kims = await watch(kim, { requestId });
    await actOnAll(api, kim, "acceptCocp", { requestId });
    await kims.until(1);
    expect(elenas.events).toEqual([]);
    expect(await Promise.race([elenas.ended, Promise.resolve("goes on")])).toBe("goes on");
  });
});
