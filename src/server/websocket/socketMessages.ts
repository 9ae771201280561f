import type { Socket } from "node:net";
import type { GraphQLFormattedError } from "graphql";
import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Deliver } from "../subscriptions/subscriptionResponses";
import { paced } from "../subscriptions/backpressure";
import { passingCause } from "../subscriptions/retryableErrors";
import { textFrame } from "./textFrame";
import { tryAgain } from "../subscriptions/retryLater";

/**
 * Writes `next` messages of an operation: what many share is made into bytes once, and copied behind each one's own id. The
 * frame goes to the connection directly, in one piece; `ws` would write it in two, which costs half as much again. Between two
 * messages of `ws` that is safe: without compression it writes each as a whole before `send` returns.
 */
export function delivererTo(client: WebSocket, socket: Socket, id: string): Deliver {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  return paced({
    write(answer, written) {
      if (client.readyState === client.OPEN) socket.write(textFrame([head, answer, tail]), written);
      else written();
    },
    isBackedUp: () => socket.writableLength > 0 && client.readyState === client.OPEN,
  });
}

const tail = Buffer.from("}");

/** 4403 makes stock clients fetch a new token and resume; 1013 makes them try again. */
export function closeToResume(client: WebSocket, errors: readonly Pick<GraphQLFormattedError, "extensions">[]): void {
  const cause = passingCause(errors);
  if (cause === "UNAUTHENTICATED") client.close(CloseCode.Forbidden, "token-expired");
  else if (cause === "SERVICE_UNAVAILABLE") client.close(1013, `SERVICE_UNAVAILABLE: ${tryAgain()}`);
}
