import type { IncomingMessage } from "node:http";
import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Logger } from "../../logger";
import { RateLimitedError } from "../../services/rateLimits";
import { UnauthenticatedError } from "../../services/directory/readViewer";
import { actAt } from "../subscriptions/runAtInstant";
import type { Caller, Identify } from "../auth/authenticate";
import type { Connections } from "../subscriptions/connectionRegistry";
import { tryAgain } from "../subscriptions/retryLater";

export interface SocketSignInOptions {
  readonly logger: Logger;
  readonly connections: Connections;
  readonly identify: Identify;
  /** Milliseconds between two looks at the clock while a token is valid. */
  readonly clockCheck: number;
}

/**
 * Finds out who is at a socket by its `connection_init`, counts the socket as that person's, and closes it when the token runs
 * out. Null: the socket is closed, by a code that tells stock clients whether to come back.
 */
export async function signIn(
  client: WebSocket,
  params: Readonly<Record<string, unknown>> | undefined,
  request: IncomingMessage,
  { logger, connections, identify, clockCheck }: SocketSignInOptions,
): Promise<Caller | null> {
  try {
    const identity = await identify(authorizationIn(params), request);
    if (client.readyState !== client.OPEN) return null; // it has left meanwhile, and its `close` is past
    const release = connections.admit(identity.email, identity.address);
    if (release === null) {
      // Final for stock clients: another try would fail as well.
      const reason = "Too many connections of this person, or of this address";
      client.close(CloseCode.TooManyInitialisationRequests, reason);
      return null;
    }
    client.once("close", release);
    const callOff = actAt(identity.expiresAt, () => closeExpired(client), clockCheck);
    client.once("close", callOff);
    return identity;
  } catch (error) {
    closeUnauthenticated(client, error, logger);
    return null;
  }
}

/** `authorization`, `Authorization`, or either within `headers`. */
function authorizationIn(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const places = [params, params?.["headers"]];
  for (const place of places) {
    if (typeof place !== "object" || place === null) continue;
    const entry = Object.entries(place).find(([name]) => name.toLowerCase() === "authorization");
    if (typeof entry?.[1] === "string") return entry[1];
  }
  return undefined;
}

/** 4401 is final for stock clients; 4403 makes them fetch a new token and resume; 1013 makes them try again. */
function closeUnauthenticated(client: WebSocket, error: unknown, logger: Logger): void {
  if (error instanceof RateLimitedError) {
    return client.close(1013, `RATE_LIMITED: try again in ${error.retryAfter} seconds`);
  }
  if (!(error instanceof UnauthenticatedError)) {
    logger.warn({ cause: String(error) }, "a socket could not be authenticated");
    return client.close(1013, `SERVICE_UNAVAILABLE: ${tryAgain()}`);
  }
  if (error.expired) return closeExpired(client);
  client.close(CloseCode.Unauthorized, "Unauthorized");
}

function closeExpired(client: WebSocket): void {
  client.close(CloseCode.Forbidden, "token-expired");
}
