import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Config } from "../config";
import { personKey } from "../domain/keys";
import { UnavailableError } from "../services/availability";
import { UnauthenticatedError, type Identity } from "../services/readViewer";

/** Who a token says is asking, and until when it may be believed. */
export interface TokenIdentity extends Identity {
  readonly expiresAt: Date;
}

export interface AccessTokens {
  /** Throws UnauthenticatedError, or UnavailableError. */
  verify(authorization: string | undefined): Promise<TokenIdentity>;
  /** Fetches the issuer's keys, if that was not done. Rejects when they can't be had. */
  fetchKeys(): Promise<void>;
}

const algorithms = ["RS256", "ES256", "EdDSA"];
const leeway = 30;
const maxTokenLength = 8_192;
/** Milliseconds for which a token that was checked is believed without another look at its signature; how many are. */
const belief = 60_000;
const maxBelieved = 10_000;
/** The last that there is a date for. */
const lastInstant = 8.64e15;
const discovery = z.object({ jwks_uri: z.url() });

/**
 * Checks access tokens against the issuer's public keys: signature (RS256, ES256, EdDSA), issuer, audience, expiry and
 * not-before with 30 s of leeway. `localKeys` are the keys of an issuer in this very process.
 */
export function createAccessTokens(auth: Config["auth"], localKeys?: JSONWebKeySet): AccessTokens {
  const { key, fetchKeys } = localKeys === undefined ? remoteKeys(auth) : local(localKeys);
  const believed = new LRUCache<string, TokenIdentity>({ max: maxBelieved });
  return {
    async verify(authorization) {
      const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization?.trim() ?? "")?.[1];
      if (token === undefined || token.length > maxTokenLength) throw new UnauthenticatedError();
      const earlier = believed.get(token);
      if (earlier !== undefined && earlier.expiresAt.getTime() > Date.now()) return earlier;
      const { issuer, audience } = auth;
      const options = { issuer, audience, algorithms, clockTolerance: leeway, requiredClaims: ["exp"] };
      const { payload } = await jwtVerify(token, key, options).catch(refuse);
      const identity = toIdentity(payload, auth);
      const ttl = Math.min(identity.expiresAt.getTime() - Date.now(), belief);
      if (ttl > 0) believed.set(token, identity, { ttl: Math.ceil(ttl) });
      return identity;
    },
    fetchKeys,
  };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw new UnauthenticatedError("The access token has run out.", true);
  if (areKeysMissing(error)) throw new UnavailableError("The token issuer's keys can't be fetched", { cause: error });
  throw new UnauthenticatedError();
}

/** No answer, a status other than 200, or something else than a key set: it says nothing about the token. */
function areKeysMissing(error: unknown): boolean {
  const { JOSEError, JWKSTimeout, JWKSInvalid } = errors;
  if (!(error instanceof JOSEError) || error instanceof JWKSTimeout || error instanceof JWKSInvalid) return true;
  return error.code === JOSEError.code;
}

function toIdentity(payload: JWTPayload, { emailClaim, operationsRole }: Config["auth"]): TokenIdentity {
  const claim = payload[emailClaim];
  const email = typeof claim === "string" ? personKey(claim) : null;
  if (email === null || payload.exp === undefined) throw new UnauthenticatedError();
  const { name, roles } = payload;
  return {
    email,
    displayName: typeof name === "string" ? name : null,
    isOperations: Array.isArray(roles) && roles.includes(operationsRole),
    expiresAt: new Date(Math.min((payload.exp + leeway) * 1000, lastInstant)),
  };
}

interface Keys {
  readonly key: JWTVerifyGetKey;
  fetchKeys(): Promise<void>;
}

function local(keys: JSONWebKeySet): Keys {
  return { key: createLocalJWKSet(keys), fetchKeys: async () => {} };
}

/** The issuer's keys, found at the first token and fetched again when a token names one that is not known yet. */
function remoteKeys({ issuer, jwksUrl }: Config["auth"]): Keys {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | null = null;
  const find = async () => createRemoteJWKSet(new URL(jwksUrl ?? (await discoverKeys(issuer))));
  const using = async <Result>(work: (found: Awaited<ReturnType<typeof find>>) => Promise<Result>) => {
    keys ??= find();
    try {
      return await work(await keys);
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) keys = null;
      throw error;
    }
  };
  return {
    key: async (header, token) => await using(async (found) => await found(header, token)),
    fetchKeys: async () => await using(async (found) => void (found.jwks() ?? (await found.reload()))),
  };
}

/** Where the issuer publishes its keys, by its discovery document. Throws when it does not answer. */
export async function discoverKeys(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return discovery.parse(await response.json()).jwks_uri;
}
