import type { IncomingMessage } from "node:http";
import type { Logger } from "../../logger";
import { rejectedPoints, requestPoints, type Payer, type RateLimits } from "../../services/rateLimits";
import { UnauthenticatedError } from "../../services/directory/readViewer";
import { LogLineLimit } from "../observability/logLineLimit";
import { TokenRejectedError, type AccessTokens, type TokenIdentity } from "./accessTokens";
import { clientAddress } from "./clientAddress";

/** The caller's identity and address, and the budgets that pay for its operations. */
export interface Caller extends TokenIdentity {
  readonly address: string;
  readonly payer: Payer;
}

/** Throws UnauthenticatedError, UnavailableError or RateLimitedError. */
export type Authenticate = (authorization: string | undefined, request: IncomingMessage) => Promise<Caller>;

/** Log lines about rejected tokens. */
const linesPerSecond = 20;

export interface AuthenticateOptions {
  readonly tokens: AccessTokens;
  readonly limits: RateLimits;
  readonly trustedProxies: number;
  readonly logger: Logger;
}

/** Creates the function that authenticates callers. Addresses and persons with an exhausted budget are rejected. */
export function createAuthenticate({ tokens, limits, trustedProxies, logger }: AuthenticateOptions): Authenticate {
  let hasWarned = trustedProxies > 0;
  const lines = new LogLineLimit(linesPerSecond, (omitted) =>
    logger.info({ omitted }, "more access tokens were rejected"),
  );
  const logRejected = ({ problem }: TokenRejectedError) => {
    if (problem !== "no token" && lines.take()) logger.info({ because: problem }, "an access token was rejected");
  };
  return async (authorization, request) => {
    if (!hasWarned && request.headers["x-forwarded-for"] !== undefined) {
      hasWarned = true;
      logger.warn("requests come through a proxy, which counts as one address: set TRUSTED_PROXIES");
    }
    const address = clientAddress(request, trustedProxies);
    await limits.spendAt(address, requestPoints);
    try {
      const identity = await tokens.verify(authorization);
      limits.verifyMayCall(identity.email);
      return { ...identity, address, payer: limits.payerFor(identity.email, address) };
    } catch (error) {
      if (error instanceof TokenRejectedError) logRejected(error);
      if (!(error instanceof UnauthenticatedError)) throw error;
      await limits.spendAt(address, rejectedPoints);
      throw error;
    }
  };
}
