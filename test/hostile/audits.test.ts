import { auditServer } from "graphql-http";
import { dana, startTestApi, type TestApi } from "../support/api/testApi";

/** The audits that come with the specification "GraphQL over HTTP". */

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterAll(() => api.stop());

test("all 61 audits of GraphQL over HTTP pass, and none warns", async () => {
  const authorization = `Bearer ${await api.tokenFor(dana)}`;
  const results = await auditServer({
    url: `${api.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization, "apollo-require-preflight": "1" } }),
  });
  expect(results.filter(({ status }) => status !== "ok").map(({ id, name }) => `${id} ${name}`)).toEqual([]);
  expect(results.length).toBe(61);
});
