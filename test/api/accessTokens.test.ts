import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { JWTPayload } from "jose";
import { keepingLogger } from "../support/api/logLines";
import { openRawSocket } from "../support/network/rawSocket";
import { dana, startTestApi, type TestApi } from "../support/api/testApi";
import { startTestIssuer, testAudience, type TestIssuer } from "../support/network/testIssuer";

let issuer: TestIssuer;
let api: TestApi;
const { logger, lines, text } = keepingLogger("info");
beforeAll(async () => {
  issuer = await startTestIssuer("RS256");
  const environment = { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: testAudience };
  api = await startTestApi({ worker: false, remoteKeys: true, environment, logger });
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
  const calls: Socket[] = [];
  mute.on("connection", (call) => calls.push(call.resume()));
  await once(mute, "listening");
  const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const other = await startTestApi({ worker: false, remoteKeys: true, environment: { AUTH_ISSUER: url } });
  try {
    const response = await fetch(`${other.url}/readyz`);
    expect(calls.map(({ readableEnded }) => readableEnded)).toEqual([false]); // the call for the keys still waits
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
  expect(await viewerOf({ email, roles: { 0: "Cocp.Operations" } })).toMatchObject({ roles: [] });
});

test("one role may be a text, and the address a list of one", async () => {
  const email = ["somebody@changeover.example"];
  expect(await viewerOf({ email, roles: "Cocp.Operations" })).toMatchObject({ email: email[0], roles: ["OPERATIONS"] });
  expect(await refusal(await issuer.token({ email: [dana, ...email] }))).toMatchObject({ status: 401 });
});

test("an address that the issuer did not verify belongs to nobody", async () => {
  expect(await refusal(await issuer.token({ email: dana, email_verified: false }))).toMatchObject({
    status: 401,
    code: "UNAUTHENTICATED",
  });
  expect(await viewerOf({ email: dana, email_verified: true })).toMatchObject({ email: dana });
});

test("an address with the Kelvin sign in it is not the one with a K", async () => {
  const token = await issuer.token({ email: "\u212Aim.lee@harrowgate.example" });
  expect(await refusal(token)).toMatchObject({ status: 401 });
});

test("claims that cannot be used are their owner's trouble alone", async () => {
  const good = await issuer.token({ email: dana, name: "Dana\u0000" });
  const bad = await issuer.token({ email: `dana\u0000@northlight.example` });
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, index) => api.askWith(index % 3 ? good : bad, whoAmI)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map((_, index) => (index % 3 ? 200 : 401)));
});

test("all spellings of an address have one budget", async () => {
  const remaining = async (email: string) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${await issuer.token({ email })}` };
    const body = JSON.stringify({ query: whoAmI });
    const response = await fetch(`${api.url}/graphql`, { method: "POST", headers, body });
    const { extensions } = (await response.json()) as { extensions: { cost: { remaining: number } } };
    return extensions.cost.remaining;
  };
  const spellings = ["spelled@northlight.example", "Spelled@northlight.example", " SPELLED@NORTHLIGHT.EXAMPLE "];
  const left: number[] = [];
  for (const email of spellings) left.push(await remaining(email));
  expect(new Set(left).size).toBe(spellings.length);
  expect(left).toEqual([...left].sort((one, other) => other - one));
});

const lastRejection = () => lines.filter(({ msg }) => msg === "an access token was rejected").at(-1);

test("the log says why a token was rejected, and holds none", async () => {
  const because: [JWTPayload, string][] = [
    [{ email: dana, exp: inSeconds(-40) }, "expired"],
    [{ email: dana, nbf: inSeconds(90) }, "not valid yet"],
    [{ email: dana, exp: undefined }, "no expiry"],
    [{ email: dana, aud: "elsewhere" }, "audience"],
    [{ email: dana, iss: "https://login.example.com" }, "issuer"],
    [{ sub: dana }, "no email"],
    [{ email: "dana" }, "email is not one bare address"],
    [{ email: dana, email_verified: false }, "email not verified"],
  ];
  for (const [claims, problem] of because) {
    const token = await issuer.token(claims);
    expect(await refusal(token)).toMatchObject({ status: 401 });
    expect(lastRejection()).toMatchObject({ level: 30, because: problem });
    expect(text()).not.toContain(token.split(".")[1]);
  }
  const [head, body = ""] = (await issuer.token({ email: dana })).split(".");
  await refusal([head, body, "AAAA"].join("."));
  expect(lastRejection()).toMatchObject({ because: "signature" });
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
const now = Date.now.bind(Date);
function passHalfAMinute(): void {
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

test("a key that is not known yet is waited for: 503 and 1013 until the keys may be fetched again, then it is a bad one", async () => {
  passHalfAMinute();
  await viewerOf({ email: dana });
  const stray = await startTestIssuer("ES256");
  const token = await stray.token({ email: dana, iss: issuer.url });
  await stray.stop();
  expect(await refusal(token)).toMatchObject({ status: 401 });
  const response = await fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: whoAmI }),
  });
  expect([response.status, Number(response.headers.get("retry-after"))]).toEqual([503, expect.any(Number)]);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  const socket = await openRawSocket(api.url, { authorization: `Bearer ${token}` });
  expect(await socket.closed).toEqual([1013, expect.stringMatching(/^SERVICE_UNAVAILABLE/)]);
  passHalfAMinute();
  expect(await refusal(token)).toMatchObject({ status: 401 });
});

test("a token without kid is checked against every key of its algorithm, and against new ones half a minute later", async () => {
  const [first, second] = await issuer.publishWithoutKid(2);
  passHalfAMinute();
  for (const sign of [first, second]) {
    const token = await sign?.({ email: dana });
    expect((await api.askWith(token ?? "", whoAmI)).data?.viewer).toMatchObject({ email: dana });
  }
  const [third] = await issuer.publishWithoutKid(3);
  const token = (await third?.({ email: dana, name: "third" })) ?? "";
  expect(await refusal(token)).toMatchObject({ status: 401 });
  passHalfAMinute();
  expect((await api.askWith(token, whoAmI)).data?.viewer).toMatchObject({ email: dana });
});
