import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from "jose";
import { createDevIdentities, type DevIdentities, type DevPerson } from "../../src/dev/identities";
import { serveRoutes } from "../support/processes/devServer";
import { temporaryFolder } from "../support/processes/temporaryFolder";

const issuer = "http://127.0.0.1:4000";
const audience = "changeover";
const people: DevPerson[] = [
  { email: "ada@customer.example", displayName: "Ada", roles: ["ENTERPRISE_ADMIN"], pcn: null },
  { email: "olu@operations.example", displayName: "Olu", roles: ["OPERATIONS"], pcn: null },
];

let directory: string;
let identities: DevIdentities;
let server: Awaited<ReturnType<typeof serveRoutes>>;

const open = () => createDevIdentities({ directory, issuer, audience, people: async () => people });

beforeAll(async () => {
  directory = await temporaryFolder();
  identities = await open();
  server = await serveRoutes(identities.routes);
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const post = (body: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
  fetch(`${server.url}/dev/token`, { method: "POST", body, headers });

const verify = async (token: string, by = identities) =>
  (await jwtVerify(token, createLocalJWKSet(by.jwks), { issuer, audience })).payload;

test("lists the people to try", async () => {
  expect(await (await fetch(`${server.url}/dev/people`)).json()).toEqual(people);
});

test("gives a token that its published keys verify, for 12 hours", async () => {
  const { accessToken } = (await (await post('{"email": " Ada@Customer.example "}')).json()) as { accessToken: string };
  const keys = createRemoteJWKSet(new URL(`${server.url}/dev/jwks`));
  const { payload, protectedHeader } = await jwtVerify(accessToken, keys, { issuer, audience });
  expect(protectedHeader.alg).toBe("ES256");
  expect(payload).toMatchObject({ sub: "ada@customer.example", email: "ada@customer.example", name: "Ada", roles: [] });
  expect(Number(payload.exp) - Number(payload.iat)).toBe(12 * 3600);
});

test("gives operators, and only them, the role", async () => {
  expect((await verify(await identities.tokenFor("olu@operations.example", 60))).roles).toEqual(["Cocp.Operations"]);
  expect((await verify(await identities.tokenFor("ada@customer.example"))).roles).toEqual([]);
});

test("honours older tokens after a restart, by a key that only its owner can read", async () => {
  const token = await identities.tokenFor("ada@customer.example");
  expect((await verify(token, await open())).email).toBe("ada@customer.example");
  const [file = ""] = await readdir(directory);
  expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(identities.jwks)).not.toContain('"d"');
});

test("names the known people when asked for somebody else", async () => {
  const answer = await post('{"email": "eve@example.com"}');
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({
    error: 'Nobody has the address "eve@example.com". Known are: ada@customer.example, olu@operations.example',
  });
});

test.each([
  ["a body that is not JSON", 400, "{", undefined],
  ["a body without an address", 400, '{"mail": 1}', undefined],
  ["a body that is too long", 413, JSON.stringify({ email: "a".repeat(20_000) }), undefined],
  ["a form that another page could send", 415, "{}", { "content-type": "text/plain" }],
])("refuses %s", async (_what, status, body, headers) => {
  const answer = await post(body, headers);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ error: expect.any(String) });
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test.each(["", '{"kty":"EC","crv":"P-2', '{"kty":"EC"}'])("a signing key cut off to %p is made anew", async (rest) => {
  const cut = await temporaryFolder();
  await writeFile(join(cut, "signing-key.json"), rest);
  const options = { directory: cut, issuer: "http://a.example", audience: "a", people: async () => [] };
  const { jwks } = await createDevIdentities(options);
  expect(jwks.keys[0]).toMatchObject({ kty: "EC", x: expect.any(String) });
  expect((await createDevIdentities(options)).jwks).toEqual(jwks);
  await rm(cut, { recursive: true, force: true });
});
