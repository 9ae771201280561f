import {
  decodeJwt,
  errors,
  jwtVerify,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
} from "jose";
import { LRUCache } from "lru-cache";
import type { Config } from "../../config";
import { personKey } from "../../domain/keys";
import { isStorable } from "../../domain/text";
import { UnavailableError } from "../../services/unavailable";
import { UnauthenticatedError, type Identity } from "../../services/directory/readViewer";
import { localKeys, remoteKeys, type IssuerKeys } from "./issuerKeys";

/** The person that a token names, and until when it is valid. */
export interface TokenIdentity extends Identity {
  readonly expiresAt: Date;
}

export interface AccessTokens {
  /** Throws TokenRejectedError, or UnavailableError while the issuer's keys are not known. */
  verify(authorization: string | undefined): Promise<TokenIdentity>;
  /** Fetches the issuer's keys, if that was not done. Rejects when they can't be had. */
  fetchKeys(): Promise<void>;
}

/** Why a token is rejected, in words for the log. */
export type TokenProblem =
  | "no token"
  | "malformed"
  | "too long"
  | "algorithm"
  | "unknown key"
  | "signature"
  | "issuer"
  | "audience"
  | "expired"
  | "not valid yet"
  | "no expiry"
  | "no email"
  | "email is not one bare address"
  | "email not verified";

/**
 * The token is rejected. The message for the caller is the same for all problems but the expiry; the log has the
 * problem.
 */
export class TokenRejectedError extends UnauthenticatedError {
  constructor(readonly problem: TokenProblem) {
    super(problem === "expired" ? "The access token has expired." : undefined, problem === "expired");
  }
}

const algorithms = ["RS256", "ES256", "EdDSA"];
const leeway = 30;
const maxTokenLength = 8_192;
/**
 * Milliseconds for which a verified token is accepted without another check of its signature, and how many are
 * cached.
 */
const cachedFor = 60_000;
const maxCached = 10_000;
/** The last instant that a Date can hold. */
const lastInstant = 8.64e15;

/**
 * Checks access tokens against the issuer's public keys: signature (RS256, ES256, EdDSA), issuer, audience, expiry and
 * not-before with 30 s of leeway. `jwks` are the keys of an issuer in this very process.
 */
export function createAccessTokens(auth: Config["auth"], jwks?: JSONWebKeySet): AccessTokens {
  const keys = jwks === undefined ? remoteKeys(auth) : localKeys(jwks);
  const { issuer, audience } = auth;
  const options = { issuer, audience, algorithms, clockTolerance: leeway, requiredClaims: ["exp"] };
  const verified = new LRUCache<string, TokenIdentity>({ max: maxCached });
  return {
    async verify(authorization) {
      const token = tokenIn(authorization);
      const earlier = verified.get(token);
      if (earlier !== undefined && earlier.expiresAt.getTime() > Date.now()) return earlier;
      verifyIssuer(token, issuer);
      const payload = await verifyToken(token, keys, options).catch(reject);
      const identity = toIdentity(payload, auth);
      const ttl = Math.min(identity.expiresAt.getTime() - Date.now(), cachedFor);
      if (ttl > 0) verified.set(token, identity, { ttl: Math.ceil(ttl) });
      return identity;
    },
    fetchKeys: () => keys.fetch(),
  };
}

function tokenIn(authorization: string | undefined): string {
  const header = authorization?.trim() ?? "";
  if (header === "") throw new TokenRejectedError("no token");
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header)?.[1];
  if (token === undefined) throw new TokenRejectedError("malformed");
  if (token.length > maxTokenLength) throw new TokenRejectedError("too long");
  return token;
}

/**
 * A token of another issuer names a key that is unknown here: it must not pass for one of a key that is still to
 * come.
 */
function verifyIssuer(token: string, issuer: string): void {
  let claimed: unknown;
  try {
    claimed = decodeJwt(token).iss;
  } catch {
    throw new TokenRejectedError("malformed");
  }
  if (claimed !== issuer) throw new TokenRejectedError("issuer");
}

/** A token without `kid` may be signed by any key of its algorithm, or by one that the issuer has published since. */
async function verifyToken(token: string, keys: IssuerKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return await verifyWithEach(token, keys, options);
  } catch (error) {
    if (!(error instanceof UnknownSignatureError) || !(await keys.refetch())) throw error;
    return await verifyWithEach(token, keys, options);
  }
}

/** The signature of a token without `kid` fits no key. */
class UnknownSignatureError extends errors.JWSSignatureVerificationFailed {}

async function verifyWithEach(token: string, keys: IssuerKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  let namesKey = true;
  try {
    const { payload } = await jwtVerify(
      token,
      (header, jws) => {
        namesKey = header.kid !== undefined;
        return keys.key(header, jws);
      },
      options,
    );
    return payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed && !namesKey) throw new UnknownSignatureError();
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const candidate of error) {
      const payload = await verifyWith(token, candidate, options);
      if (payload !== null) return payload;
    }
    throw new UnknownSignatureError();
  }
}

/** The claims, or null when the signature is of another key. */
async function verifyWith(token: string, key: CryptoKey, options: JWTVerifyOptions): Promise<JWTPayload | null> {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return null;
    throw error;
  }
}

function reject(error: unknown): never {
  if (error instanceof UnavailableError) throw error;
  if (areKeysMissing(error)) throw new UnavailableError("The token issuer's keys can't be fetched", { cause: error });
  throw new TokenRejectedError(problemOf(error));
}

/** No answer, a status other than 200, or something else than a key set: it says nothing about the token. */
function areKeysMissing(error: unknown): boolean {
  const { JOSEError, JWKSTimeout, JWKSInvalid } = errors;
  if (!(error instanceof JOSEError) || error instanceof JWKSTimeout || error instanceof JWKSInvalid) return true;
  return error.code === JOSEError.code;
}

function problemOf(error: unknown): TokenProblem {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JOSEAlgNotAllowed) return "algorithm";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "signature";
  if (error instanceof errors.JWKSNoMatchingKey) return "unknown key";
  return error instanceof errors.JWTClaimValidationFailed
    ? (problemOfClaim.get(error.claim) ?? "malformed")
    : "malformed";
}

const problemOfClaim: ReadonlyMap<string, TokenProblem> = new Map([
  ["iss", "issuer"],
  ["aud", "audience"],
  ["nbf", "not valid yet"],
  ["exp", "no expiry"],
]);

function toIdentity(payload: JWTPayload, { emailClaim, operationsRole }: Config["auth"]): TokenIdentity {
  if (payload.exp === undefined) throw new TokenRejectedError("no expiry");
  const { name, roles, email_verified: isVerified } = payload;
  if (isVerified === false || isVerified === "false") throw new TokenRejectedError("email not verified");
  return {
    email: emailIn(payload[emailClaim]),
    displayName: typeof name === "string" && isStorable(name) ? name : null,
    isOperations: [roles].flat().includes(operationsRole),
    expiresAt: new Date(Math.min((payload.exp + leeway) * 1000, lastInstant)),
  };
}

/** The person that a claim names: a text, or a list of one. */
function emailIn(claim: unknown): string {
  const [email, ...others] = [claim].flat();
  if (typeof email !== "string" || email.trim() === "" || others.length > 0) throw new TokenRejectedError("no email");
  const key = personKey(email);
  if (key === null) throw new TokenRejectedError("email is not one bare address");
  return key;
}
