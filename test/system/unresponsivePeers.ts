/** A connection that a server closed because its peer had stopped reading or responding. */
export interface UnresponsivePeer {
  readonly requestId: string;
  readonly reason: "stuck" | "silent";
  /** By Date.now(). */
  readonly at: number;
}

/** Reads them from a server's log. */
export function unresponsivePeersIn(log: string): UnresponsivePeer[] {
  const lines = log.split("\n").filter((line) => /an unresponsive (?:socket|event stream) was closed/.test(line));
  return lines.map((line) => {
    const { requestId, reason, time } = JSON.parse(line) as Omit<UnresponsivePeer, "at"> & { time: string };
    return { requestId, reason, at: Date.parse(time) };
  });
}
