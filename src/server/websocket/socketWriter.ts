import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ResponseWriter } from "../subscriptions/subscriptionResponses";
import { textFrame } from "./textFrame";

const payloadEnd = Buffer.from("}");

/**
 * Writes the responses of an operation as `next` messages. A response that many subscribers share is serialized once
 * and copied behind each operation's id.
 *
 * Frames go to the connection directly and in one piece: `ws` would write two, which costs half as much again. Frames
 * of `ws` do not interleave, since without compression `send` writes a whole frame before it returns.
 */
export function socketWriter(client: WebSocket, socket: Socket, operationId: string): ResponseWriter {
  const payloadStart = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
  return {
    write(response, done) {
      if (client.readyState === client.OPEN) socket.write(textFrame([payloadStart, response, payloadEnd]), done);
      else done();
    },
    isBackedUp: () => socket.writableLength > 0 && client.readyState === client.OPEN,
  };
}
