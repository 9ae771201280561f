import { createPublicKey, createSecretKey, randomBytes, type JsonWebKey } from "node:crypto";
import { generateKeyPair, SignJWT, UnsecuredJWT, type JWK, type JWTPayload } from "jose";
import { openRawSocket } from "../support/network/rawSocket";
import { dana, startTestApi, unlimited, type TestApi } from "../support/api/testApi";
import { standardClaims, startTestIssuer, testAudience, type TestIssuer } from "../support/network/testIssuer";
import { transports } from "./support/transports";

/** Tokens that are forged, of others, for others, or too old or too early: over each transport. */

let issuer: TestIssuer;
let api: TestApi;
beforeAll(async () => {
  issuer = await startTestIssuer("RS256");
  const environment = { AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: testAudience, ...unlimited };
  api = await startTestApi({ worker: false, remoteKeys: true, environment });
});
afterAll(async () => {
  await api.stop();
  await issuer.stop();
});

const whoAmI = { query: "{ viewer { email } }" };
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const claiming = (claims: JWTPayload) => issuer.token({ email: dana, ...claims });

type Sign = Parameters<SignJWT["sign"]>[0];
const signed = (header: { readonly alg: string; readonly [name: string]: unknown }, key: Sign) =>
  new SignJWT(standardClaims(issuer.url, { email: dana })).setProtectedHeader(header).sign(key);
const another = async (alg: string) => (await generateKeyPair(alg)).privateKey;

/** The key that the issuer tells everybody. */
async function publicKey(): Promise<JWK> {
  const { keys } = (await (await fetch(`${issuer.url}/keys`)).json()) as { keys: [JWK] };
  return keys[0];
}

/** What whoever takes the algorithm from the token would find well signed. */
async function signByPublicKey(): Promise<string> {
  const key = await publicKey();
  const secret = createPublicKey({ key: key as JsonWebKey, format: "jwk" }).export({ type: "spki", format: "pem" });
  return await signed({ alg: "HS256", kid: key.kid ?? "" }, createSecretKey(Buffer.from(secret)));
}

/** A good token with another's name in it. */
async function altered(): Promise<string> {
  const [head, body = "", signature] = (await claiming({})).split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as JWTPayload;
  const others = Buffer.from(JSON.stringify({ ...claims, email: "kim.lee@harrowgate.example" })).toString("base64url");
  return [head, others, signature].join(".");
}

const forged: [string, () => Promise<string>][] = [
  ["that is none", async () => "garbage"],
  ["signed by alg none", async () => new UnsecuredJWT(standardClaims(issuer.url, { email: dana })).encode()],
  ["signed by HS256", async () => signed({ alg: "HS256" }, createSecretKey(randomBytes(32)))],
  ["signed by HS256 with the issuer's public key as the secret", signByPublicKey],
  ["signed by RS256 with another's key", async () => signed({ alg: "RS256" }, await another("RS256"))],
  [
    "signed by another's key under the issuer's name of its own",
    async () => signed({ alg: "RS256", kid: (await publicKey()).kid }, await another("RS256")),
  ],
  ["signed by ES384, which is not among the algorithms", async () => signed({ alg: "ES384" }, await another("ES384"))],
  [
    "whose kid is a path",
    async () => signed({ alg: "HS256", kid: "../../../../dev/null" }, createSecretKey(Buffer.alloc(32))),
  ],
  ["whose claims were altered", altered],
  ["of another issuer", () => claiming({ iss: "https://login.example.com" })],
  ["for another audience", () => claiming({ aud: "elsewhere" })],
  ["that is not valid yet", () => claiming({ nbf: inSeconds(90) })],
  ["without an expiry", () => claiming({ exp: undefined })],
  ["without an e-mail address", () => claiming({ email: undefined, sub: dana })],
  ["with a blank e-mail address", () => claiming({ email: " " })],
  ["with an e-mail address that is no text", () => claiming({ email: { 0: dana } })],
  ["with two e-mail addresses", () => claiming({ email: [dana, dana] })],
  ["that is longer than 8 kB", () => claiming({ groups: "x".repeat(8_192) })],
];
const expired = () => claiming({ exp: inSeconds(-40) });

describe.each(transports)("over $name", ({ ask }) => {
  test.each(forged)("D15 a token %s is UNAUTHENTICATED, by the one text that there is for it", async (_what, token) => {
    const { status, closed, codes, data, text } = await ask(api, await token(), whoAmI);
    expect([status ?? closed, data]).toEqual([status === null ? 4401 : 401, null]);
    expect(text).toBe((await ask(api, null, whoAmI)).text);
    if (status !== null) expect(codes).toEqual(["UNAUTHENTICATED"]);
  });

  test("D15 a token that has run out is refused as such, and a good one is not refused", async () => {
    const { status, closed, data, text } = await ask(api, await expired(), whoAmI);
    expect([status ?? closed, data]).toEqual([status === null ? 4403 : 401, null]);
    expect(text).not.toContain(dana);
    expect((await ask(api, await claiming({}), whoAmI)).data).toEqual({ viewer: { email: dana } });
  });
});

const strangers: [string, () => Promise<object>, number, string][] = [
  ["no token", async () => ({}), 4401, "Unauthorized"],
  ["parameters that are no text", async () => ({ authorization: { bearer: 1 } }), 4401, "Unauthorized"],
  ["a token without its scheme", async () => ({ authorization: await claiming({}) }), 4401, "Unauthorized"],
  ...forged.map(([what, token]): [string, () => Promise<object>, number, string] => [
    `a token ${what}`,
    async () => ({ authorization: `Bearer ${await token()}` }),
    4401,
    "Unauthorized",
  ]),
  ["a token that has run out", async () => ({ authorization: `Bearer ${await expired()}` }), 4403, "token-expired"],
];

test.each(strangers)("C4 a socket with %s is closed before it is welcomed", async (_what, params, code, reason) => {
  const socket = await openRawSocket(api.url, await params());
  expect(await socket.closed).toEqual([code, reason]);
  expect(socket.messages).toEqual([]);
});
