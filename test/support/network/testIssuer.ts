import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from "jose";

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

/** An OpenID Connect issuer on a free port: a discovery document, a key set, and tokens signed with its keys. */
export interface TestIssuer {
  readonly url: string;
  /** How often its key set was fetched. */
  readonly fetched: () => number;
  /** Adds a key and takes the ones before out of the key set. */
  rotate(algorithm: "RS256" | "ES256" | "EdDSA"): Promise<void>;
  /**
   * Publishes so many RS256 keys without `kid` in place of the others. Gives for each the function that signs a token
   * with it.
   */
  publishWithoutKid(count: number): Promise<((claims: JWTPayload) => Promise<string>)[]>;
  /** Answers everything with this status; null: as it should. */
  fail(status: number | null): void;
  /** A token signed with the newest key. Claims given as undefined are left out. */
  token(claims: JWTPayload): Promise<string>;
  stop(): Promise<void>;
}

export const testAudience = "changeover";

/** Starts one, with a key of that algorithm. */
export async function startTestIssuer(algorithm: "RS256" | "ES256" | "EdDSA"): Promise<TestIssuer> {
  let keys: JWK[] = [];
  let signing: { key: SigningKey; alg: string; kid: string } | null = null;
  let failure: number | null = null;
  let fetched = 0;
  const server = createServer((request, response) => {
    if (failure !== null) return void response.writeHead(failure).end("out of order");
    response.setHeader("content-type", "application/json");
    if (request.url === "/keys") fetched += 1;
    response.end(JSON.stringify(request.url === "/keys" ? { keys } : { issuer: url, jwks_uri: `${url}/keys` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const rotate: TestIssuer["rotate"] = async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const kid = `key-${crypto.randomUUID()}`;
    keys = [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }];
    signing = { key: privateKey, alg, kid };
  };
  await rotate(algorithm);
  const publishWithoutKid: TestIssuer["publishWithoutKid"] = async (count) => {
    const pairs = await Promise.all(Array.from({ length: count }, () => generateKeyPair("RS256")));
    keys = await Promise.all(pairs.map(async ({ publicKey }) => ({ ...(await exportJWK(publicKey)), use: "sig" })));
    return pairs.map(
      ({ privateKey }) =>
        (claims) =>
          new SignJWT(standardClaims(url, claims)).setProtectedHeader({ alg: "RS256" }).sign(privateKey),
    );
  };
  return {
    url,
    fetched: () => fetched,
    rotate,
    publishWithoutKid,
    fail: (status) => void (failure = status),
    async token(claims) {
      if (signing === null) throw new Error("The issuer has no key");
      return await new SignJWT(standardClaims(url, claims))
        .setProtectedHeader({ alg: signing.alg, kid: signing.kid })
        .sign(signing.key);
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The claims of a good token of five minutes, but for those given. */
export function standardClaims(issuer: string, claims: JWTPayload): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: testAudience, iat: now, exp: now + 300, ...claims };
}
