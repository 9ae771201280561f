import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Logger } from "../../logger";
import { RateLimitedError } from "../../services/rateLimits";
import { UnauthenticatedError } from "../../services/directory/readViewer";
import type { Authenticate, Caller } from "../auth/authenticate";
import type { ConnectionRegistry } from "../subscriptions/connectionRegistry";
import { runAtInstant } from "../subscriptions/runAtInstant";
import type { ClientSocket } from "./clientSocket";
import { closeExpired, closeForRetry } from "./closings";

export interface ConnectionInitOptions {
  readonly logger: Logger;
  readonly connections: ConnectionRegistry;
  readonly authenticate: Authenticate;
  /** Milliseconds between two checks of the clock while a token is valid. */
  readonly clockCheck: number;
}

type InitParams = Readonly<Record<string, unknown>> | undefined;

/**
 * Authenticates the caller by the payload of `connection_init`, counts the socket as that person's, and closes it
 * when the token expires. Null: the socket was closed, with a code that tells stock clients whether to reconnect.
 */
export async function authenticateSocket(
  { client, request }: ClientSocket,
  params: InitParams,
  { logger, connections, authenticate, clockCheck }: ConnectionInitOptions,
): Promise<Caller | null> {
  try {
    const caller = await authenticate(authorizationIn(params), request);
    if (client.readyState !== client.OPEN) return null; // its `close` event is past
    const release = connections.admit(caller.email, caller.address);
    if (release === null) {
      // Final for stock clients: another attempt would fail as well.
      const reason = "Too many connections of this person, or of this address";
      client.close(CloseCode.TooManyInitialisationRequests, reason);
      return null;
    }
    client.once("close", release);
    client.once(
      "close",
      runAtInstant(caller.expiresAt, () => closeExpired(client), clockCheck),
    );
    return caller;
  } catch (error) {
    closeUnauthenticated(client, error, logger);
    return null;
  }
}

/** Finds `authorization` in the payload or in its `headers`, in upper or lower case. */
function authorizationIn(params: InitParams): string | undefined {
  for (const fields of [params, params?.["headers"]]) {
    if (typeof fields !== "object" || fields === null) continue;
    const entry = Object.entries(fields).find(([name]) => name.toLowerCase() === "authorization");
    if (typeof entry?.[1] === "string") return entry[1];
  }
  return undefined;
}

/** 4401 is final for stock clients. After 1013 they reconnect. */
function closeUnauthenticated(client: WebSocket, error: unknown, logger: Logger): void {
  if (error instanceof RateLimitedError) {
    return client.close(1013, `RATE_LIMITED: try again in ${error.retryAfter} seconds`);
  }
  if (!(error instanceof UnauthenticatedError)) {
    logger.warn({ cause: String(error) }, "a socket could not be authenticated");
    return closeForRetry(client, "SERVICE_UNAVAILABLE");
  }
  if (error.expired) return closeExpired(client);
  client.close(CloseCode.Unauthorized, "Unauthorized");
}
