import { once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";

/** An address whose network swallows what is sent there: connecting to it neither succeeds nor fails. */
export interface BlackHole {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens with room for one, and takes nobody. */
const listenAndSleep = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer().listen({ host: "127.0.0.1", port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** Starts one. Linux counts a queue of one as full when two are in it, and drops whoever comes then. */
export async function startBlackHole(): Promise<BlackHole> {
  const thread = new Worker(listenAndSleep, { eval: true });
  const [port] = (await once(thread, "message")) as [number];
  const queue = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  for (const socket of queue) socket.on("error", () => {});
  await Promise.all(queue.map((socket) => once(socket, "connect")));
  return {
    port,
    async stop() {
      for (const socket of queue) socket.destroy();
      await thread.terminate();
    },
  };
}
