import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import type { Config } from "../../config";
import { UnavailableError } from "../../services/unavailable";

/** The public keys of the issuer. */
export interface IssuerKeys {
  /**
   * The key of a token. Throws JWKSNoMatchingKey for an unknown key, or UnavailableError while the keys may not be
   * fetched again to look for it.
   */
  readonly key: JWTVerifyGetKey;
  /** Fetches the keys unless they were fetched before. */
  fetch(): Promise<void>;
  /** Fetches the keys again. Returns false within half a minute of the last fetch. */
  refetch(): Promise<boolean>;
}

const discovery = z.object({ jwks_uri: z.url() });
/** Time limit of a response of the issuer, in milliseconds. */
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

/** The URL of the keys in the issuer's discovery document. Throws when the issuer does not respond. */
async function discoverKeys(issuer: string, patience: number): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return discovery.parse(await response.json()).jwks_uri;
}
