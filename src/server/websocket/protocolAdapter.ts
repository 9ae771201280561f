import type { Socket } from "node:net";
import { CloseCode, type Server } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Logger } from "../../logger";
import { maskError } from "../execution/maskError";
import { createFrameCounter } from "./frameCounter";

/** Bytes that may wait for a client that goes on sending: past them nothing is read from it until it has read. */
const maxBuffered = 256 * 1024;
/** Messages of a socket that may wait for their turn, and past how many no more is read meanwhile; pings and pongs that it may send within so many milliseconds. */
const maxWaiting = 200;
const fewWaiting = 8;
const maxControls = 100;
const controlsWithin = 10_000;
/** Bytes that come at once, from which on they take a turn: a thousand sockets can have as many pieces of 64 kB there. */
const largePiece = 4 * 1024;
/** Bytes of a peer that has not said yet who it is, which take none: a token may be long, and its time to come is short. */
const firstBytes = 16 * 1024;
/** Bytes that are still taken from a client that has broken the protocol. */
const maxDiscarded = 2 * 1024 * 1024;
/** Bytes that the reason of a closing may have (RFC 6455). */
const maxReasonBytes = 123;

/** Closings that are the peer's doing, and not that of a network or server that is slow. */
const refusals: ReadonlySet<number> = new Set([
  CloseCode.BadRequest,
  CloseCode.Unauthorized,
  CloseCode.SubscriberAlreadyExists,
  CloseCode.TooManyInitialisationRequests,
]);

/** A `ws` socket with what graphql-ws keeps beside it. */
export interface OpenSocket<Extra> {
  readonly client: WebSocket;
  /** The connection under it. */
  readonly socket: Socket;
  readonly extra: Extra;
  /** Whether nothing more is taken from it. */
  isDeaf(): boolean;
  /** Whether the peer was found to be somebody: what it asks then takes turns with what others ask. */
  isKnown(): boolean;
  /** Resolves when it is the turn of this socket's peer. */
  takeTurn(): Promise<void>;
  /** It did not keep to the protocol. Called once at most. */
  wasRefused(): void;
  /** It sent more than can be meant well. */
  wasCutOff(): void;
  readonly logger: Logger;
}

/**
 * Lets a socket speak `graphql-transport-ws`: what `graphql-ws/use/ws` does, with limits. A client that sends without reading
 * is read no further; a reason is cut to what a closing may hold; what goes wrong is logged, not printed; and dead peers are
 * Connections' to find.
 */
export function speakGraphql<Extra>(
  server: Server<Extra>,
  { client, socket, extra, isDeaf, isKnown, takeTurn, wasRefused, wasCutOff, logger }: OpenSocket<Extra>,
): void {
  const handled = boundFrames(client, socket, { isKnown, takeTurn, wasCutOff });
  let waiting = 0;
  let isRefused = false;
  const refused = () => {
    if (!isRefused) wasRefused();
    isRefused = true;
  };
  const close = (code?: number, reason?: string) => {
    if (refusals.has(code ?? 0)) refused();
    client.close(code, cut(reason));
  };
  const handle = (act: () => void) => {
    waiting -= 1;
    if (waiting === 0) goOnReading(client, socket);
    handled();
    if (client.readyState === client.OPEN && !isDeaf()) act();
  };
  const closed = server.opened(
    {
      protocol: client.protocol,
      send: (text) => {
        if (client.readyState === client.OPEN) client.send(text);
      },
      close,
      onMessage: (take) =>
        client.on("message", (data: Buffer) => {
          const act = () => {
            const text = data.toString();
            void take(text).catch((error: unknown) => failed(error, text));
          };
          waiting += 1;
          if (!isKnown()) return handle(act);
          holdBack(client, socket);
          if (waiting >= fewWaiting) client.pause();
          void takeTurn().then(() => handle(act));
        }),
    },
    extra,
  );
  const failed = (error: unknown, text: string) => {
    // A message that only servers send: graphql-ws throws, as if it were our fault.
    if (error instanceof Error && error.message.startsWith("Unexpected message of type")) {
      return close(CloseCode.BadRequest, "Only servers send such a message");
    }
    const payload = [maskError(error, logger)];
    const id = operationIn(text);
    if (id === null) return client.close(CloseCode.InternalServerError, "Internal server error");
    if (client.readyState === client.OPEN) client.send(JSON.stringify({ id, type: "error", payload }));
  };
  client.on("ping", () => holdBack(client, socket));
  client.on("error", (error) => {
    logger.debug({ cause: String(error) }, "a socket broke the protocol"); // ws closes it
    refused();
  });
  client.once("close", (code, reason) => {
    void closed(code, String(reason)).catch((error: unknown) => failed(error, ""));
  });
}

/** The id of the operation that a message begins or ends. An exception about it ends that operation, and the socket stays. */
function operationIn(text: string): string | null {
  try {
    const { id, type } = JSON.parse(text) as { readonly id?: unknown; readonly type?: unknown };
    return typeof id === "string" && (type === "subscribe" || type === "complete") ? id : null;
  } catch {
    return null;
  }
}

/**
 * Looks at what comes before `ws` does, and cuts off who sends more than can be meant well. Gives the function that is to be
 * called for each message that was handled.
 */
function boundFrames(
  client: WebSocket,
  socket: Socket,
  { isKnown, takeTurn, wasCutOff }: Pick<OpenSocket<unknown>, "isKnown" | "takeTurn" | "wasCutOff">,
): () => void {
  const count = createFrameCounter();
  let taken = 0;
  let waiting = 0;
  let controls = 0;
  let since = 0;
  const isTooMuch = (chunk: Buffer) => {
    const now = performance.now();
    if (now - since > controlsWithin) [controls, since] = [0, now];
    const frames = count(chunk);
    waiting += frames.messages;
    controls += frames.controls;
    return waiting > maxWaiting || controls > maxControls;
  };
  const readers = socket.listeners("data");
  const take = (chunk: Buffer) => {
    if (isTooMuch(chunk)) {
      wasCutOff();
      return cutOff(client, socket);
    }
    for (const read of readers) read.call(socket, chunk);
  };
  /** What came in large pieces, and what came after it. */
  const held: Buffer[] = [];
  const takeHeld = async () => {
    while (held.length > 0) {
      await takeTurn();
      const chunk = held.shift();
      if (chunk !== undefined && client.readyState === client.OPEN) take(chunk);
    }
  };
  socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    taken += chunk.length;
    const isSmall = chunk.length < largePiece || (taken < firstBytes && !isKnown());
    if (held.length === 0 && isSmall) return take(chunk);
    held.push(chunk);
    if (held.length > 1) return;
    socket.pause();
    void takeHeld().finally(() => client.isPaused || socket.resume());
  });
  client.once("error", () => discard(socket));
  // `ws` would read it all in one go when the connection is closed, for nobody.
  socket.prependOnceListener("close", () => forget(socket));
  return () => (waiting -= 1);
}

/** Who breaks the protocol is told so by `ws`, which reads no further. What was under way is taken, so that it hears of it. */
function discard(socket: Socket): void {
  let rest = maxDiscarded;
  socket.removeAllListeners("data").on("data", (chunk: Buffer) => {
    rest -= chunk.length;
    if (rest < 0) socket.pause();
  });
}

/** Closes without waiting for the peer's word. What it has sent is read no further. */
function cutOff(client: WebSocket, socket: Socket): void {
  socket.removeAllListeners("data");
  client.close(1008, "Too many messages at once");
  client.terminate();
}

/** Drops what has come and was not read. */
function forget(socket: Socket): void {
  while (socket.read() !== null);
}

/** Nothing more is read while too much waits for the peer to read. */
function holdBack(client: WebSocket, socket: Socket): void {
  if (client.isPaused || client.bufferedAmount <= maxBuffered) return;
  client.pause();
  goOnReading(client, socket);
}

function goOnReading(client: WebSocket, socket: Socket): void {
  if (!client.isPaused) return;
  if (client.bufferedAmount <= maxBuffered) client.resume();
  else socket.once("drain", () => goOnReading(client, socket));
}

function cut(reason: string | undefined): string | undefined {
  if (reason === undefined || Buffer.byteLength(reason) <= maxReasonBytes) return reason;
  return Buffer.from(reason)
    .subarray(0, maxReasonBytes)
    .toString()
    .replace(/\uFFFD$/, "");
}
