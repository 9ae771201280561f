import type { Socket } from "node:net";

/** Open sockets and event streams of one person on a node. */
export const maxConnectionsPerViewer = 20;
/** Checks in a row without progress after which a connection is dropped. */
const maxFailedChecks = 5;
/** Connections are checked one group at a time: pinging thousands at once would block the event loop. */
const groupCount = 10;

/** Why a connection is dropped: its peer does not read what waits for it (`stuck`), or sends nothing (`silent`). */
export type DropReason = "stuck" | "silent";

export interface HealthCheck {
  /** Sends a ping. A connection without it is never dropped as silent. */
  ping?(): void;
  drop(reason: DropReason): void;
}

interface ConnectionRegistryOptions {
  readonly maxPerAddress?: number;
  /**
   * Milliseconds between two checks of a connection. With the default an unresponsive peer is dropped after 20 to 24
   * seconds.
   */
  readonly checkInterval?: number;
}

/**
 * Long-lived connections, WebSockets and event streams: limits their number and drops those with unresponsive peers.
 */
export class ConnectionRegistry {
  readonly #byViewer = new LimitedCounts(maxConnectionsPerViewer);
  readonly #byAddress: LimitedCounts;
  readonly #groups = Array.from({ length: groupCount }, () => new Set<MonitoredConnection>());
  readonly #timer: NodeJS.Timeout;
  #checkedGroup = 0;

  constructor({ maxPerAddress = Infinity, checkInterval = 4_000 }: ConnectionRegistryOptions = {}) {
    this.#byAddress = new LimitedCounts(maxPerAddress);
    this.#timer = setInterval(() => this.#checkNextGroup(), checkInterval / groupCount).unref();
  }

  /** Counts a connection. Returns the function that releases it, or null when its viewer or address has too many. */
  admit(email: string, address: string): (() => void) | null {
    if (this.#byViewer.isFull(email) || this.#byAddress.isFull(address)) return null;
    this.#byViewer.add(email, 1);
    this.#byAddress.add(address, 1);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#byViewer.add(email, -1);
      this.#byAddress.add(address, -1);
    };
  }

  /** Drops a connection after five failed checks in a row. Returns the function that ends the checks. */
  monitor(socket: Socket, check: HealthCheck): () => void {
    const group = this.#groups.reduce((smallest, each) => (each.size < smallest.size ? each : smallest));
    const connection = new MonitoredConnection(socket, check);
    group.add(connection);
    return () => void group.delete(connection);
  }

  /** Monitored connections. */
  get count(): number {
    return this.#groups.reduce((sum, group) => sum + group.size, 0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #checkNextGroup(): void {
    this.#checkedGroup = (this.#checkedGroup + 1) % groupCount;
    this.#groups[this.#checkedGroup]?.forEach((connection) => connection.check());
  }
}

/** A connection and the progress that earlier checks have seen. */
class MonitoredConnection {
  #bytesFlushed = 0;
  #bytesRead = 0;
  #stuckChecks = 0;
  #silentChecks = 0;

  constructor(
    private readonly socket: Socket,
    private readonly health: HealthCheck,
  ) {}

  check(): void {
    const { bytesRead, bytesWritten, writableLength } = this.socket;
    const bytesFlushed = bytesWritten - writableLength;
    const isWaiting = writableLength > 0;
    this.#stuckChecks = isWaiting && bytesFlushed === this.#bytesFlushed ? this.#stuckChecks + 1 : 0;
    this.#silentChecks = !isWaiting && bytesRead === this.#bytesRead ? this.#silentChecks + 1 : 0;
    this.#bytesFlushed = bytesFlushed;
    this.#bytesRead = bytesRead;
    if (this.#stuckChecks >= maxFailedChecks) return this.health.drop("stuck");
    if (this.health.ping === undefined || this.#silentChecks === 0) return;
    if (this.#silentChecks >= maxFailedChecks) return this.health.drop("silent");
    this.health.ping();
  }
}

/** Counts by key, up to a limit for each. */
class LimitedCounts {
  readonly #counts = new Map<string, number>();

  constructor(private readonly max: number) {}

  isFull(key: string): boolean {
    return (this.#counts.get(key) ?? 0) >= this.max;
  }

  add(key: string, difference: number): void {
    const count = (this.#counts.get(key) ?? 0) + difference;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
