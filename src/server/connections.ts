import type { Socket } from "node:net";

/** Open sockets and event streams that one person may hold on a node. */
export const maxConnectionsPerViewer = 20;
/** Looks at a connection without any progress after which it is given up. */
const patience = 4;

/** Long-lived connections, WebSocket or event stream: how many each person has, and whether they are read. */
export interface Connections {
  /** Counts a connection of a person. Gives the function that ends the count; null when the person has too many. */
  admit(email: string): (() => void) | null;
  /** Calls `giveUp` when the peer has not read anything for four looks in a row although something waits for it. */
  watch(socket: Socket, giveUp: () => void): void;
  readonly count: number;
  stop(): void;
}

/** `lookEvery` is in milliseconds: a peer that does not read is given up after 20 to 25 seconds. */
export function createConnections(lookEvery = 5_000): Connections {
  const open = new Map<string, number>();
  const watched = new Map<Socket, { flushed: number; idleLooks: number; giveUp: () => void }>();
  const timer = setInterval(look, lookEvery).unref();

  function look(): void {
    for (const [socket, state] of watched) {
      const flushed = socket.bytesWritten - socket.writableLength;
      const isStuck = socket.writableLength > 0 && flushed === state.flushed;
      state.idleLooks = isStuck ? state.idleLooks + 1 : 0;
      state.flushed = flushed;
      if (state.idleLooks >= patience) state.giveUp();
    }
  }

  return {
    admit(email) {
      const count = open.get(email) ?? 0;
      if (count >= maxConnectionsPerViewer) return null;
      open.set(email, count + 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (open.get(email) ?? 1) - 1;
        if (left === 0) open.delete(email);
        else open.set(email, left);
      };
    },
    watch(socket, giveUp) {
      watched.set(socket, { flushed: 0, idleLooks: 0, giveUp });
      socket.once("close", () => watched.delete(socket));
    },
    get count() {
      return watched.size;
    },
    stop: () => clearInterval(timer),
  };
}
