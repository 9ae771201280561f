import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A line to a port: refuses until it is opened, can be cut, and can fall silent. */
export interface Line {
  readonly url: string;
  open(): Promise<void>;
  cut(): void;
  /** Keeps what comes back on the connections of now; gives what lets it through. */
  hold(): () => void;
  close(): Promise<void>;
}

/** Takes a free port for a line to another port of this machine. */
export async function reserveLine(target: number): Promise<Line> {
  const ends = new Set<Socket>();
  const returns = new Map<Socket, Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    near.pipe(far).pipe(near);
    returns.set(far, near);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end
        .on("error", () => {})
        .on("close", () => {
          ends.delete(end);
          returns.delete(end);
          other.destroy();
        });
    }
  });
  const listen = async (port: number) => {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  };
  const hold = () => {
    const held = [...returns];
    for (const [far, near] of held) far.unpipe(near);
    return () => held.forEach(([far, near]) => far.pipe(near));
  };
  const cut = () => ends.forEach((end) => end.destroy());
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    cut();
    await closed;
  };
  const port = await listen(0);
  await close();
  return { url: `http://127.0.0.1:${port}`, open: async () => void (await listen(port)), cut, hold, close };
}
