import { connect, type Socket } from "node:net";

/** What came back over a bare connection, and whether the server closed it. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly isClosed: boolean;
}

/** A bare TCP connection to an API. */
export function openConnection(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  return socket;
}

/** Writes bytes as they are, and reads until the server closes the connection, or nothing has come for a second. */
export function sendRaw(url: string, ...parts: readonly (string | Buffer)[]): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = openConnection(url);
    const chunks: Buffer[] = [];
    const finish = (isClosed: boolean) => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString("utf8");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text, isClosed });
    };
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("close", () => finish(true));
    socket.setTimeout(1_000, () => finish(false));
    for (const part of parts) socket.write(part);
  });
}
