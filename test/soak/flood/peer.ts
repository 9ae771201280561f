import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** A frame of a WebSocket, masked by nothing. */
export function frame(opcode: number, payload: Buffer | string, isLast = true): Buffer {
  const body = Buffer.from(payload);
  const first = (isLast ? 0x80 : 0) | opcode;
  const length =
    body.length < 126
      ? [0x80 | body.length]
      : body.length < 65_536
        ? [0x80 | 126, body.length >> 8, body.length & 255]
        : [
            0x80 | 127,
            0,
            0,
            0,
            0,
            body.length >> 24,
            (body.length >> 16) & 255,
            (body.length >> 8) & 255,
            body.length & 255,
          ];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), body]);
}

export const text = (message: object | string) =>
  frame(1, typeof message === "string" ? message : JSON.stringify(message));

/** One connection of a hostile client, at the level of bytes: a stock client would keep to the protocol. */
export interface Peer {
  readonly socket: Socket;
  /** Asks for a WebSocket, and resolves when it has one. */
  upgrade(): Promise<void>;
  /** Resolves as soon as a text was received. */
  received(words: string): Promise<void>;
  /** Writes the same bytes again and again, as fast as they are taken. */
  flood(bytes: Buffer): void;
}

/** What was heard last is kept, to see how a connection was closed. */
const keptBytes = 4_096;

/** Connects from an address, as a proxy would tell of it. `ended` is told how it ended, once. */
export function openPeer(url: string, address: string, ended: (how: string) => void): Peer {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let heard = Buffer.alloc(0);
  const waiting = new Map<string, () => void>();
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    heard = Buffer.concat([heard, chunk]).subarray(-keptBytes);
    for (const [words, resolve] of waiting) {
      if (!heard.includes(words)) continue;
      waiting.delete(words);
      resolve();
    }
  });
  socket.once("close", () => ended(endingOf(heard)));
  const received = (words: string) => new Promise<void>((resolve) => waiting.set(words, resolve));
  return {
    socket,
    received,
    async upgrade() {
      const welcome = received("HTTP/1.1 101");
      socket.write(
        `GET /graphql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n` +
          "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
      );
      await welcome;
    },
    flood(bytes) {
      const goOn = () => {
        if (socket.writable) socket.write(bytes, goOn);
      };
      goOn();
    },
  };
}

/** The code of the last closing frame, or the status of an HTTP answer that is no upgrade. */
function endingOf(heard: Buffer): string {
  for (let at = heard.length - 4; at >= 0; at -= 1) {
    if (heard[at] === 0x88 && heard[at + 1] === heard.length - at - 2) return String(heard.readUInt16BE(at + 2));
  }
  const status = /^HTTP\/1\.1 (\d+)/.exec(heard.toString("latin1"))?.[1];
  return status === undefined || status === "101" ? "cut" : status;
}
