import type { Socket } from "node:net";

/** Open sockets and event streams that one person may hold on a node. */
export const maxConnectionsPerViewer = 20;
/** Looks at a connection without any progress after which it is given up. */
const patience = 5;
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
  /**
   * Counts a connection of a person at an address. Gives the function that ends the count; null when the person, or the
   * address, has too many.
   */
  admit(email: string, address: string): (() => void) | null;
  /**
   * Gives a connection up whose peer has not read anything for five looks in a row although something waits for it, or from
   * which nothing has come for so long although it was pinged. Gives the function that ends the watch.
   */
  watch(socket: Socket, watch: Watch): () => void;
  readonly count: number;
  stop(): void;
}

/**
 * `perAddress` is how many an address may have. `lookEvery` is in milliseconds: a peer that does not read or
 * answer is given up after 20 to 24 seconds.
 */
export function createConnections({ perAddress = Infinity, lookEvery = 4_000 } = {}): Connections {
  const ofPeople = new Counts(maxConnectionsPerViewer);
  const ofAddresses = new Counts(perAddress);
  const watched = Array.from({ length: parts }, () => new Set<Watched>());
  let turn = 0;
  const next = () => watched[(turn += 1) % parts] ?? new Set();
  const timer = setInterval(() => next().forEach((each) => each.look()), lookEvery / parts).unref();

  return {
    admit(email, address) {
      if (ofPeople.isFull(email) || ofAddresses.isFull(address)) return null;
      ofPeople.add(email, 1);
      ofAddresses.add(address, 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        ofPeople.add(email, -1);
        ofAddresses.add(address, -1);
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
    if (this.#silentLooks >= patience) return watch.giveUp("silent");
    watch.ping();
  }
}

/** How many there are of each. */
class Counts {
  readonly #counts = new Map<string, number>();

  constructor(readonly most: number) {}

  isFull(key: string): boolean {
    return (this.#counts.get(key) ?? 0) >= this.most;
  }

  add(key: string, difference: number): void {
    const count = (this.#counts.get(key) ?? 0) + difference;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
