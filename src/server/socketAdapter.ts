import type { Socket } from "node:net";
import { CloseCode, type Server } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Logger } from "../logger";

/** Bytes that may wait for a client that goes on sending: past them nothing is read from it until it has read. */
const maxBuffered = 1024 * 1024;
/** Bytes that the reason of a closing may have (RFC 6455). */
const maxReasonBytes = 123;

/** A `ws` socket with what graphql-ws keeps beside it. */
export interface OpenSocket<Extra> {
  readonly client: WebSocket;
  /** The connection under it. */
  readonly socket: Socket;
  readonly extra: Extra;
  /** Whether nothing more is taken from it. */
  isDeaf(): boolean;
  readonly logger: Logger;
}

/**
 * Lets a socket speak `graphql-transport-ws`: what `graphql-ws/use/ws` does, with limits. A client that sends without reading
 * is read no further; a reason is cut to what a closing may hold; what goes wrong is logged, not printed; and dead peers are
 * Connections' to find.
 */
export function speakGraphql<Extra>(
  server: Server<Extra>,
  { client, socket, extra, isDeaf, logger }: OpenSocket<Extra>,
): void {
  const closed = server.opened(
    {
      protocol: client.protocol,
      send: (text) => {
        if (client.readyState === client.OPEN) client.send(text);
      },
      close: (code, reason) => client.close(code, cut(reason)),
      onMessage: (handle) =>
        client.on("message", (data: Buffer) => {
          holdBack(client, socket);
          if (client.readyState === client.OPEN && !isDeaf()) handle(data.toString()).catch(failed);
        }),
    },
    extra,
  );
  const failed = (error: unknown) => {
    // A message that only servers send: graphql-ws throws, as if it were our fault.
    if (error instanceof Error && error.message.startsWith("Unexpected message of type")) {
      return client.close(CloseCode.BadRequest, "Only servers send such a message");
    }
    logger.error({ error: error instanceof Error ? error.stack : String(error) }, "a message on a socket failed");
    client.close(CloseCode.InternalServerError, "Internal server error");
  };
  client.on("ping", () => holdBack(client, socket));
  client.on("error", (error) => logger.debug({ cause: String(error) }, "a socket broke")); // ws closes it
  client.once("close", (code, reason) => void closed(code, String(reason)).catch(failed));
}

function holdBack(client: WebSocket, socket: Socket): void {
  if (client.isPaused || client.bufferedAmount <= maxBuffered) return;
  client.pause();
  socket.once("drain", () => client.resume());
}

function cut(reason: string | undefined): string | undefined {
  if (reason === undefined || Buffer.byteLength(reason) <= maxReasonBytes) return reason;
  return Buffer.from(reason)
    .subarray(0, maxReasonBytes)
    .toString()
    .replace(/\uFFFD+$/, "");
}
