import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands before a server, on the side of who reads slowly. */
export interface SlowLink {
  readonly url: string;
  /** From now on everything passes at once. */
  hurry(): void;
  stop(): Promise<void>;
}

const piece = 1_024; // bytes
const pause = 1_000; // milliseconds

/** Takes what the server sends by the kilobyte, one a second: so much is read, and no more lies in between. */
export async function startSlowLink(target: string): Promise<SlowLink> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isSlow = true;
  const server = createServer((near) => {
    const take = (length: number, buffer: Uint8Array) => {
      near.write(Buffer.from(buffer.subarray(0, length)));
      if (isSlow) setTimeout(() => far.resume(), pause);
      return !isSlow; // false: reads no more until it is resumed
    };
    const far = connect({
      host: hostname,
      port: Number(port),
      onread: { buffer: () => Buffer.alloc(isSlow ? piece : 65_536), callback: take },
    });
    far.on("end", () => near.end()).on("close", () => near.destroySoon());
    near.pipe(far);
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hurry: () => void (isSlow = false),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
