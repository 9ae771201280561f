import { globalId } from "../../src/resolvers/globalId";
import { act, submit } from "../support/changes";
import { formText } from "../support/forms";
import { keepingLogger } from "../support/logLines";
import { seedManyForms } from "../support/manyForms";
import { dana, kim, startTestApi, type TestApi } from "../support/testApi";

const accounts = 5_000;
const log = keepingLogger("error");
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false, logger: log.logger });
});
afterAll(() => api.stop());

test("F12: a form of 5,000 accounts, which no request can have, is answered with an error, and the API serves on", async () => {
  const [requestId = ""] = await seedManyForms(api.config.databaseUrl, 1, accounts);
  const query = "query ($id: ID!) { node(id: $id) { ... on CocpRequest { form { downloadUrl } } } }";
  const { node } = await api.data(kim, query, { id: globalId("CocpRequest", requestId) });
  let isOver = false;
  const download = fetch(node.form.downloadUrl.replace(api.config.publicUrl, api.url)).finally(() => (isOver = true));
  while (!isOver) expect((await api.ask(dana, "{ viewer { email } }")).status).toBe(200);
  const response = await download;
  const told = { code: "INTERNAL_SERVER_ERROR", errorId: expect.any(String) };
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ errors: [{ message: "Internal server error", extensions: told }] });
  expect(log.text()).toMatch(/could not be made: .*(ERR_WORKER_OUT_OF_MEMORY|it takes more than 10 s)/); // whichever comes first

  const other = await submit(api);
  await act(api, kim, "acceptCocp", { requestId: other.requestId });
  expect(await formText(api, kim, other.requestId)).toContain(other.requestId);
}, 60_000);
