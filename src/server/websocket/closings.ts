import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import { retryAdvice } from "../subscriptions/gracefulClose";
import type { RetryableCode } from "../subscriptions/retryableErrors";

/** Closes a socket whose token has expired. The code makes stock clients fetch a new token and reconnect. */
export function closeExpired(client: WebSocket): void {
  client.close(CloseCode.Forbidden, "token-expired");
}

/** Closes a socket after a retryable error. Stock clients reconnect. */
export function closeForRetry(client: WebSocket, code: RetryableCode): void {
  if (code === "UNAUTHENTICATED") closeExpired(client);
  else client.close(1013, `SERVICE_UNAVAILABLE: ${retryAdvice()}`);
}
