import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { JWTPayload } from "jose";
import { dana, startTestApi, type TestApi } from "../support/testApi";
import { startTestIssuer, testAudience, type TestIssuer } from "../support/testIssuer";

let issuer: TestIssuer;
let api: TestApi;
beforeAll(async () => {
  issuer = await startTestIssuer("RS256");
  const environment = { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: testAudience };
  api = await startTestApi({ worker: false, remoteKeys: true, environment });
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await api.stop();
  await issuer.stop();
});

const whoAmI = "{ viewer { email displayName roles } }";
const viewerOf = async (claims: JWTPayload) => (await api.askWith(await issuer.token(claims), whoAmI)).data?.viewer;
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

test("while the issuer is out of order nobody can be told from anybody else: 503, and it heals by itself", async () => {
  for (const status of [503, 500]) {
    issuer.fail(status);
    const answer = await api.askWith(await issuer.token({ email: dana }), whoAmI);
    expect([answer.status, answer.errors?.[0]?.extensions["code"]]).toEqual([503, "SERVICE_UNAVAILABLE"]);
  }
  issuer.fail(null);
  expect(await viewerOf({ email: dana })).toMatchObject({ email: dana });
});

test("an issuer that can't be reached is 503 as well", async () => {
  const late = await startTestIssuer("ES256");
  await late.stop();
  const other = await startTestApi({ worker: false, remoteKeys: true, environment: { AUTH_ISSUER: late.url } });
  try {
    const { status, errors } = await other.askWith(await late.token({ email: dana }), whoAmI);
    expect([status, errors?.[0]?.extensions["code"]]).toEqual([503, "SERVICE_UNAVAILABLE"]);
  } finally {
    await other.stop();
  }
});

test("an issuer that takes the call and says nothing keeps nobody waiting who looks whether the server is ready", async () => {
  const mute = createServer().listen(0, "127.0.0.1");
  await once(mute, "listening");
  const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const other = await startTestApi({ worker: false, remoteKeys: true, environment: { AUTH_ISSUER: url } });
  try {
    const response = await fetch(`${other.url}/readyz`, { signal: AbortSignal.timeout(4_000) });
    const problem = "the token issuer's keys can't be fetched (no usable answer)";
    expect(await response.json()).toMatchObject({ status: "not ready", problem });
  } finally {
    await other.stop();
    mute.close();
  }
});

test("finds the issuer's keys by its discovery document, and keeps them", async () => {
  await viewerOf({ email: dana });
  const before = issuer.fetched();
  expect(await viewerOf({ email: dana })).toMatchObject({ email: dana, roles: ["ENTERPRISE_ADMIN"] });
  expect(issuer.fetched()).toBe(before);
});

test("the e-mail address is compared case-insensitively", async () => {
  const viewer = await viewerOf({ email: " Dana.Whitfield@NORTHLIGHT.example " });
  expect(viewer).toMatchObject({ email: dana, roles: ["ENTERPRISE_ADMIN"] });
});

test("the role for operators comes from the token alone", async () => {
  const email = "somebody@changeover.example";
  expect(await viewerOf({ email, roles: ["Cocp.Operations"] })).toMatchObject({ roles: ["OPERATIONS"] });
  expect(await viewerOf({ email, roles: ["Cocp.Reader"] })).toMatchObject({ roles: [] });
  expect(await viewerOf({ email, roles: "Cocp.Operations" })).toMatchObject({ roles: [] });
});

test("a person whom the directory does not know has no role", async () => {
  const viewer = await viewerOf({ email: "nobody@example.com", name: "No Body" });
  expect(viewer).toEqual({ email: "nobody@example.com", displayName: "No Body", roles: [] });
});

test("clocks may differ by 30 seconds", async () => {
  expect(await viewerOf({ email: dana, exp: inSeconds(-20) })).toMatchObject({ email: dana });
  expect(await viewerOf({ email: dana, nbf: inSeconds(20) })).toMatchObject({ email: dana });
});

const refusal = async (token: string) => {
  const { status, errors } = await api.askWith(token, whoAmI);
  return { status, code: errors?.[0]?.extensions["code"], message: errors?.[0]?.message };
};

/** How far this process's clock is ahead: keys are not fetched again within half a minute. */
let ahead = 0;
function passHalfAMinute(): void {
  const now = Date.now.bind(Date);
  ahead += 31_000;
  jest.spyOn(Date, "now").mockImplementation(() => now() + ahead);
}

test.each(["EdDSA", "ES256", "RS256"] as const)("takes up a new %s key half a minute later", async (algorithm) => {
  await viewerOf({ email: dana });
  await issuer.rotate(algorithm);
  passHalfAMinute();
  expect(await viewerOf({ email: dana })).toMatchObject({ email: dana });
});

test("a key that can't be looked up does not make a token a bad one: 503", async () => {
  await viewerOf({ email: dana });
  await issuer.rotate("EdDSA");
  issuer.fail(503);
  passHalfAMinute();
  expect(await refusal(await issuer.token({ email: dana }))).toMatchObject({
    status: 503,
    code: "SERVICE_UNAVAILABLE",
  });
  issuer.fail(null);
  expect(await viewerOf({ email: dana })).toMatchObject({ email: dana });
});
