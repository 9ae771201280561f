import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type JSONWebKeySet,
  type JWK_EC_Private,
} from "jose";
import { z } from "zod";
import { addressKey } from "../domain/keys";
import type { ViewerRole } from "../domain/model";
import type { Route } from "../server/http/route";
import { DevHttpError, devRoute, readJson, sendJson } from "./devHttp";
import { readKeptFile } from "./keptFile";

/** A demo person to sign in as. */
export interface DevPerson {
  readonly email: string;
  readonly displayName: string;
  readonly roles: readonly ViewerRole[];
  /** The partner organization's PCN; null for people who work for none. */
  readonly pcn: string | null;
}

export interface DevIdentitiesOptions {
  /** Keeps the signing key, so that tokens stay good over a restart. */
  readonly directory: string;
  readonly issuer: string;
  readonly audience: string;
  people(): Promise<readonly DevPerson[]>;
  /** Value of a token's `roles` that makes an operator. Default: Cocp.Operations */
  readonly operationsRole?: string;
}

/** The issuer of `dev`: signs in whoever is asked for, without a password. */
export interface DevIdentities {
  /** The public key that checks its tokens. */
  readonly jwks: JSONWebKeySet;
  /** An access token, for 12 hours unless told otherwise. Throws DevHttpError (404) for an unknown address. */
  tokenFor(email: string, expiresInSeconds?: number): Promise<string>;
  /** GET /dev/people, POST /dev/token and GET /dev/jwks */
  readonly routes: readonly Route[];
}

const tokenRequest = z.object({ email: z.string() });

/** Opens the issuer of `dev`; makes its ES256 key at the first start. */
export async function createDevIdentities(options: DevIdentitiesOptions): Promise<DevIdentities> {
  const { d, ...publicKey } = await signingKey(options.directory);
  const kid = await calculateJwkThumbprint(publicKey);
  const key = await importJWK({ ...publicKey, d }, "ES256");
  const jwks: JSONWebKeySet = { keys: [{ ...publicKey, kid, alg: "ES256", use: "sig" }] };

  const tokenFor = async (email: string, expiresInSeconds = 12 * 3600) => {
    const person = findPerson(await options.people(), email);
    const roles = person.roles.includes("OPERATIONS") ? [options.operationsRole ?? "Cocp.Operations"] : [];
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ email: person.email, name: person.displayName, roles })
      .setProtectedHeader({ alg: "ES256", kid })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setSubject(person.email)
      .setIssuedAt(now)
      .setExpirationTime(now + expiresInSeconds)
      .sign(key);
  };

  const routes = [
    devRoute("GET", "/dev/people", async (_request, response) => sendJson(response, await options.people())),
    devRoute("GET", "/dev/jwks", (_request, response) => sendJson(response, jwks)),
    devRoute("POST", "/dev/token", async (request, response) => {
      const asked = tokenRequest.safeParse(await readJson(request));
      if (!asked.success) throw new DevHttpError(400, 'Say whose token: {"email": "somebody@example.com"}');
      sendJson(response, { accessToken: await tokenFor(asked.data.email) });
    }),
  ];
  return { jwks, tokenFor, routes };
}

function findPerson(people: readonly DevPerson[], email: string): DevPerson {
  const wanted = addressKey(email);
  const person = people.find((one) => addressKey(one.email) === wanted);
  if (person) return person;
  const known = people.map((one) => one.email).join(", ");
  throw new DevHttpError(404, `Nobody has the address ${JSON.stringify(email)}. Known are: ${known}`);
}

async function signingKey(directory: string): Promise<JWK_EC_Private> {
  await mkdir(directory, { recursive: true });
  const text = await readKeptFile(join(directory, "signing-key.json"), {
    isWhole: isPrivateKey,
    make: async () => {
      const { privateKey } = await generateKeyPair("ES256", { extractable: true });
      return JSON.stringify(await exportJWK(privateKey));
    },
  });
  return JSON.parse(text);
}

async function isPrivateKey(text: string): Promise<boolean> {
  try {
    const key: JWK_EC_Private = JSON.parse(text);
    await importJWK(key, "ES256");
    return typeof key.d === "string";
  } catch {
    return false;
  }
}
