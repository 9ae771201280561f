import { once } from "node:events";
import WebSocket from "ws";
import { waitFor } from "../waitFor";

export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- payloads are looked into freely
  readonly payload?: any;
}

/** A bare graphql-transport-ws socket, to see each message and how the server closes it. */
export interface RawSocket {
  readonly messages: readonly SocketMessage[];
  send(message: SocketMessage | string): void;
  /** The first message of one of these types, as soon as there is one. */
  message(types: string | readonly string[], id?: string): Promise<SocketMessage>;
  /** Resolves at the next message, or when it is closed. */
  more(): Promise<unknown>;
  /** Code and reason of the closing. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
  isOpen(): boolean;
  close(): void;
}

/**
 * Opens one, and sends connection_init with these parameters unless they are null. Rejects when the server refuses
 * it.
 */
export async function openRawSocket(
  apiUrl: string,
  connectionParams: object | null,
  headers: Record<string, string> = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${apiUrl.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws", { headers });
  const messages: SocketMessage[] = [];
  socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString("utf8")) as SocketMessage));
  const closed = new Promise<readonly [number, string]>((resolve) =>
    socket.on("close", (code, reason) => resolve([code, reason.toString("utf8")])),
  );
  await once(socket, "open");
  socket.on("error", () => {});
  const send: RawSocket["send"] = (message) =>
    socket.send(typeof message === "string" ? message : JSON.stringify(message));
  if (connectionParams !== null) send({ type: "connection_init", payload: connectionParams });
  return {
    messages,
    send,
    closed,
    message: (types, id) =>
      waitFor(`a message ${[types].flat().join(" or ")}`, async () =>
        messages.find((one) => types.includes(one.type) && one.id === id),
      ),
    more: () => Promise.race([once(socket, "message"), closed]),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    close: () => socket.terminate(),
  };
}
