import { once } from "node:events";
import { openConnection } from "./rawHttp";

/**
 * What a process of its own is told to hold open: each connection begins as one of these, and those that drip go on
 * by a byte.
 */
export interface SlowConnections {
  readonly url: string;
  readonly count: number;
  readonly kinds: readonly { readonly begins: string; readonly drips: boolean }[];
}

process.once("message", ({ url, count, kinds }: SlowConnections) => {
  const sockets = Array.from({ length: count }, () => openConnection(url).pause());
  const kindOf = (index: number) => kinds[index % kinds.length];
  const opened = sockets.map(async (socket, index) => {
    await once(socket, "connect");
    socket.write(kindOf(index)?.begins ?? "");
  });
  setInterval(() => {
    sockets.forEach((socket, index) => void (kindOf(index)?.drips && socket.writable && socket.write(" ")));
  }, 500);
  void Promise.all(opened).then(() => process.send?.("open"));
});
process.once("disconnect", () => process.exit());
