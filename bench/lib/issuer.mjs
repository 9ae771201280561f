// An OpenID Connect issuer of the bench's own: discovery document, keys, and tokens for whom it likes.
import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" }];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/keys" ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    audience: "bench",
    tokenFor: (email, roles = []) =>
      new SignJWT({ email, roles })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setIssuer(url)
        .setAudience("bench")
        .setIssuedAt()
        .setExpirationTime("2h")
        .sign(privateKey),
    stop: () => server.close(),
  };
}
