import type { Socket } from "node:net";

/** Open sockets and event streams that one person may hold on a node. */
export const maxConnectionsPerViewer = 20;
/** Looks at a connection without any progress after which it is given up. */
const patience = 4;
/** Connections are looked at a part at a time, so that thousands of pings are not one long turn of the event loop. */
const parts = 10;

/** Why a connection is given up: something waits that the peer does not read, or nothing is heard of it any more. */
export type GivenUp = "stuck" | "silent";

export interface Watch {
  /** Asks the peer for a sign of life. Without it, silence is no reason to give up. */
  ping?(): void;
  giveUp(because: GivenUp): void;
}

/** Long-lived connections, WebSocket or event stream: how many each person has, and whether they are read. */
export interface Connections {
  /** Counts a connection of a person. Gives the function that ends the count; null when the person has too many. */
  admit(email: string): (() => void) | null;
  /**
   * Gives a connection up whose peer has not read anything for four looks in a row although something waits for it, or from
   * which nothing has come for so long although it was pinged. Gives the function that ends the watch.
   */
  watch(socket: Socket, watch: Watch): () => void;
  readonly count: number;
  stop(): void;
}

/** `lookEvery` is in milliseconds: a peer that does not read or answer is given up after 20 to 25 seconds. */
export function createConnections(lookEvery = 5_000): Connections {
  const open = new Map<string, number>();
  const watched = Array.from({ length: parts }, () => new Set<Watched>());
  let turn = 0;
  const next = () => watched[(turn += 1) % parts] ?? new Set();
  const timer = setInterval(() => next().forEach((each) => each.look()), lookEvery / parts).unref();

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
    watch(socket, watch) {
      const part = watched.reduce((least, each) => (each.size < least.size ? each : least));
      const each = new Watched(socket, watch);
      part.add(each);
      return () => void part.delete(each);
    },
    get count() {
      return watched.reduce((sum, part) => sum + part.size, 0);
    },
    stop: () => clearInterval(timer),
  };
}

/** One connection, and what was seen of it at the last looks. */
class Watched {
  #flushed = 0;
  #received = 0;
  #stuckLooks = 0;
  #silentLooks = 0;

  constructor(
    readonly socket: Socket,
    readonly watch: Watch,
  ) {}

  look(): void {
    const { socket, watch } = this;
    const flushed = socket.bytesWritten - socket.writableLength;
    const isWaiting = socket.writableLength > 0;
    this.#stuckLooks = isWaiting && flushed === this.#flushed ? this.#stuckLooks + 1 : 0;
    this.#silentLooks = !isWaiting && socket.bytesRead === this.#received ? this.#silentLooks + 1 : 0;
    this.#flushed = flushed;
    this.#received = socket.bytesRead;
    if (this.#stuckLooks >= patience) return watch.giveUp("stuck");
    if (watch.ping === undefined || this.#silentLooks === 0) return;
    if (this.#silentLooks > patience) return watch.giveUp("silent");
    watch.ping();
  }
}
