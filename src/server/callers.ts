import type { IncomingMessage } from "node:http";
import type { Logger } from "../logger";
import type { Payer, RateLimits } from "../services/rateLimits";
import { UnauthenticatedError } from "../services/readViewer";
import type { AccessTokens, TokenIdentity } from "./accessTokens";
import { addressOf } from "./addressOf";

/** Who calls, from where, and what pays for it. */
export interface Caller extends TokenIdentity {
  readonly address: string;
  readonly payer: Payer;
}

/** Throws UnauthenticatedError, UnavailableError or RateLimitedError. */
export type Identify = (authorization: string | undefined, request: IncomingMessage) => Promise<Caller>;

/** Points that an address pays for each call, and more for one whose token is not good: it cost a signature's check. */
const callPoints = 1;
const strangerPoints = 100;

export interface CallersOptions {
  readonly tokens: AccessTokens;
  readonly limits: RateLimits;
  readonly trustedProxies: number;
  readonly logger: Logger;
}

/** Makes the function that tells who calls. An address, or a person, that has used up its budget gets no further. */
export function createIdentify({ tokens, limits, trustedProxies, logger }: CallersOptions): Identify {
  let hasWarned = trustedProxies > 0;
  return async (authorization, request) => {
    if (!hasWarned && request.headers["x-forwarded-for"] !== undefined) {
      hasWarned = true;
      logger.warn("requests come through a proxy, which counts as one address: set TRUSTED_PROXIES");
    }
    const address = addressOf(request, trustedProxies);
    await limits.spendAt(address, callPoints);
    try {
      const identity = await tokens.verify(authorization);
      limits.verifyMayCall(identity.email);
      return { ...identity, address, payer: limits.payerFor(identity.email, address) };
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error;
      // One that has run out is somebody's, who comes again with a new one, maybe with all others after an outage.
      if (error.expired) await limits.spendAt(address, strangerPoints);
      else await limits.spendRefusedAt(address, strangerPoints);
      throw error;
    }
  };
}
