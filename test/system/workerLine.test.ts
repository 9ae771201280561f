import { submit } from "../support/api/changes";
import { startTestApi, type TestApi } from "../support/api/testApi";
import { startTcpProxy } from "../support/network/tcpProxy";
import { until } from "../support/until";

/** Milliseconds: a worker gives up a dead line after the limit of a job's statement, which is 15 seconds. */
const patience = 200_000;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterAll(() => api.stop());

test("a line to the database that is dead without a word does not keep the worker from its jobs once it is well", async () => {
  const proxy = await startTcpProxy(api.config.databaseUrl);
  const worker = await api.startWorker(proxy.url);
  try {
    await submit(api);
    await until(() => api.mailbox.messages().length === 1);
    proxy.swallow();
    proxy.freeze();
    await submit(api, { accounts: ["7701002"] });
    proxy.thaw();
    await until(() => api.mailbox.messages().length === 2, patience);
  } finally {
    await worker.stop();
    await proxy.stop();
  }
}, 240_000);
