import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy {
  /** As the URL that it stands before. */
  readonly url: string;
  /**
   * From now on nothing passes on the connections that there are: neither side hears of it. When one side gives its
   * connection up, the other side's ends too, as the other side's own keepalive would end it.
   */
  freeze(): void;
  /** The same for connections to come, until `thaw`: they are accepted, and nothing passes. */
  swallow(): void;
  /** Connections to come work again; frozen ones stay frozen. */
  thaw(): void;
  /** Ends the connections that there are. */
  cut(): void;
  stop(): Promise<void>;
}

/**
 * Stands between a client and a server, whose connections can die without a word. `rewrite` changes what the client
 * sends, without changing its length.
 */
export async function startTcpProxy(target: string, rewrite?: (text: string) => string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSwallowing = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.on("close", () => pairs.delete(pair));
    const carry = (from: Socket, to: Socket) => {
      if (isSwallowing) return void from.resume();
      if (from === far || rewrite === undefined) return void from.pipe(to);
      from.on("data", (bytes: Buffer) => to.write(Buffer.from(rewrite(bytes.toString("latin1")), "latin1")));
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => {});
      from.on("close", () => to.destroy());
      carry(from, to);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    swallow() {
      isSwallowing = true;
    },
    thaw() {
      isSwallowing = false;
    },
    freeze() {
      for (const [near, far] of pairs) {
        near.removeAllListeners("data").unpipe(far);
        far.removeAllListeners("data").unpipe(near);
        // What comes is read and dropped: a socket that is not read would not notice its end.
        near.resume();
        far.resume();
      }
    },
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
