import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import type { Config } from "../../config";
import { UnavailableError } from "../../services/unavailable";

/** The public keys of the issuer. */
export interface IssuerKeys {
  /**
   * The key of a token. Throws UnavailableError for a key that is not known while the keys may not be fetched again,
   * and JWKSNoMatchingKey for one that is not among keys just fetched.
   */
  readonly key: JWTVerifyGetKey;
  /** Fetches the keys, if that was not done. */
  fetch(): Promise<void>;
  /** Fetches the keys again. False: that is not possible now, half a minute after the last time. */
  refetch(): Promise<boolean>;
}

const discovery = z.object({ jwks_uri: z.url() });
/** Milliseconds for an answer of the issuer. */
const defaultPatience = 5_000;

export function localKeys(keys: JSONWebKeySet): IssuerKeys {
  return { key: createLocalJWKSet(keys), fetch: async () => {}, refetch: async () => false };
}

/**
 * The issuer's keys, found at the first token and fetched again when a token names one that is not known yet.
 * `patience` is the time limit of each answer of the issuer, in milliseconds.
 */
export function remoteKeys(
  { issuer, jwksUrl }: Pick<Config["auth"], "issuer" | "jwksUrl">,
  patience = defaultPatience,
): IssuerKeys {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | null = null;
  const find = async () =>
    createRemoteJWKSet(new URL(jwksUrl ?? (await discoverKeys(issuer, patience))), { timeoutDuration: patience });
  const using = async <Result>(work: (found: Awaited<ReturnType<typeof find>>) => Promise<Result>) => {
    keys ??= find();
    try {
      return await work(await keys);
    } catch (error) {
      if (!(error instanceof errors.JOSEError) && !(error instanceof UnavailableError)) keys = null;
      throw error;
    }
  };
  return {
    key: async (header, token) =>
      await using(async (found) => {
        const wasCoolingDown = found.coolingDown;
        try {
          return await found(header, token);
        } catch (error) {
          if (!wasCoolingDown || !(error instanceof errors.JWKSNoMatchingKey)) throw error;
          throw new UnavailableError("The key of the token is not known yet", { cause: error });
        }
      }),
    fetch: async () => await using(async (found) => void (found.jwks() ?? (await found.reload()))),
    refetch: async () =>
      await using(async (found) => {
        if (found.coolingDown) return false;
        await found.reload();
        return true;
      }),
  };
}

/** Where the issuer publishes its keys, by its discovery document. Throws when it does not answer. */
async function discoverKeys(issuer: string, patience: number): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return discovery.parse(await response.json()).jwks_uri;
}
