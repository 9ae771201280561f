import { actOnAll, submit } from "../support/api/changes";
import { elena, kim, startTestApi, type TestApi } from "../support/api/testApi";
import { watchFeed } from "../support/api/watchFeed";
import { feedTransports } from "./support/transports";

/** Who has subscribed, and is told nothing that is not for it: over each transport that carries events. */

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
