import { remoteKeys } from "../../../src/server/auth/issuerKeys";
import { startTcpProxy } from "../../support/network/tcpProxy";
import { startTestIssuer } from "../../support/network/testIssuer";

/** Milliseconds. */
const patience = 200;
const tooLate = { name: expect.stringMatching(/^(TimeoutError|JWKSTimeout)$/) };

test.each([
  ["the discovery document", (url: string) => ({ issuer: url, jwksUrl: null })],
  ["the key set", (url: string) => ({ issuer: url, jwksUrl: `${url}/keys` })],
])("an issuer that accepts the connection and never sends %s is given up, and asked again", async (_what, auth) => {
  const issuer = await startTestIssuer("ES256");
  const proxy = await startTcpProxy(issuer.url);
  const keys = remoteKeys(auth(proxy.url.replace(/\/$/, "")), patience);
  try {
    proxy.swallow();
    await expect(keys.fetch()).rejects.toMatchObject(tooLate);
    proxy.thaw();
    await keys.fetch();
  } finally {
    await proxy.stop();
    await issuer.stop();
  }
});
