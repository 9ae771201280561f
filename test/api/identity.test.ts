import { dana, elena, joan, kim, operator, sam, startTestApi, type TestApi } from "../support/api/testApi";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ worker: false });
});
afterAll(() => api.stop());

const whoAmI = "{ viewer { email displayName roles partner { pcn } canRespondToCocp } }";

test("a request without a token is 401 UNAUTHENTICATED, and tells how to come back", async () => {
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: whoAmI }),
  });
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="changeover"');
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
});

test("introspection needs a token like everything else", async () => {
  const query = "{ __schema { queryType { name } } }";
  expect((await api.ask(null, query)).status).toBe(401);
  expect((await api.ask(dana, query)).data).toEqual({ __schema: { queryType: { name: "Query" } } });
});

test.each(["garbage", "a.b.c", "Bearer", "", "a".repeat(9_000)])("refuses %.20p as a token", async (token) => {
  const { status, errors } = await api.askWith(token, whoAmI);
  expect([status, errors?.[0]?.extensions]).toEqual([401, { code: "UNAUTHENTICATED" }]);
});

test("an Enterprise Administrator is one of at least one billing account", async () => {
  const { viewer } = await api.data(dana, whoAmI);
  const name = { email: dana, displayName: "Dana Whitfield" };
  expect(viewer).toEqual({ ...name, roles: ["ENTERPRISE_ADMIN"], partner: null, canRespondToCocp: false });
});

test("who may only read accounts has no role", async () => {
  expect((await api.data(joan, whoAmI)).viewer.roles).toEqual([]);
});

test("a partner user works for an organization, and may respond or not", async () => {
  const harrowgate = { roles: ["PARTNER_USER"], partner: { pcn: "PCN-4410387" } };
  expect((await api.data(kim, whoAmI)).viewer).toMatchObject({ ...harrowgate, canRespondToCocp: true });
  expect((await api.data(sam, whoAmI)).viewer).toMatchObject({ ...harrowgate, canRespondToCocp: false });
  expect((await api.data(elena, whoAmI)).viewer.partner).toEqual({ pcn: "PCN-4410512" });
});

test("an operator is one by the token's roles, and in no directory", async () => {
  expect((await api.data(operator, whoAmI)).viewer).toMatchObject({ email: operator, roles: ["OPERATIONS"] });
});
