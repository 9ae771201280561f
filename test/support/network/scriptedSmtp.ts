import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

export type Step = "CONNECT" | "MAIL" | "RCPT" | "DATA" | ".";

/**
 * What is said at a step instead of yes; and whether the connection is closed then. Nothing said: a loss without a
 * word.
 */
export interface Reply {
  readonly says?: string;
  readonly closes?: boolean;
}

const yes: Readonly<Record<Step, string>> = {
  CONNECT: "220 here",
  MAIL: "250 ok",
  RCPT: "250 ok",
  DATA: "354 go",
  ".": "250 ok",
};

export interface ScriptedSmtp {
  readonly url: string;
  /** The mails that were taken in full, whatever was said then. */
  readonly received: readonly string[];
  stop(): Promise<void>;
}

/** A mail server that says exactly what it is told to at one step of the dialogue, and yes at all others. */
export async function startScriptedSmtp(step: Step, reply: Reply): Promise<ScriptedSmtp> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.setEncoding("utf8");
    const say = (at: Step) => {
      if (at !== step) return void socket.write(`${yes[at]}\r\n`);
      if (reply.says !== undefined) socket.write(`${reply.says}\r\n`);
      if (reply.closes) socket.end();
    };
    let unread = "";
    let isInMail = false;
    socket.on("data", (text: string) => {
      unread += text;
      for (;;) {
        const end = isInMail ? "\r\n.\r\n" : "\r\n";
        const at = unread.indexOf(end);
        if (at < 0) return;
        const line = unread.slice(0, at);
        unread = unread.slice(at + end.length);
        if (isInMail) {
          isInMail = false;
          received.push(line);
          say(".");
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        isInMail = verb === "DATA" && step !== "DATA";
        if (verb === "MAIL" || verb === "RCPT" || verb === "DATA") say(verb);
        else socket.write(verb === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
      }
    });
    say("CONNECT");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
