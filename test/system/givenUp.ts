/** A connection that a server has let go of, because its peer had stopped reading or answering. */
export interface GivenUp {
  readonly requestId: string;
  readonly because: "stuck" | "silent";
  /** By Date.now(). */
  readonly at: number;
}

/** Reads them from a server's log. */
export function givenUpIn(log: string): GivenUp[] {
  const lines = log.split("\n").filter((line) => line.includes("that is not read any more is closed"));
  return lines.map((line) => {
    const { requestId, because, time } = JSON.parse(line) as Omit<GivenUp, "at"> & { time: string };
    return { requestId, because, at: Date.parse(time) };
  });
}
