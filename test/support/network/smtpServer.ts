import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface TestSmtpServer {
  readonly url: string;
  /** What was taken, headers and body. */
  readonly received: readonly string[];
  /** Answers from now on as these options say, instead of taking everything. */
  behave(options: Pick<SMTPServerOptions, "onConnect" | "onMailFrom" | "onRcptTo" | "onData">): void;
  /** Hangs up on everybody. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** An SMTP server on a free port of 127.0.0.1 that can be told to misbehave. */
export async function startTestSmtpServer(): Promise<TestSmtpServer> {
  const received: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 200,
    onData: (stream, _session, done) =>
      void text(stream).then((mail) => {
        received.push(mail);
        done();
      }, done), // a sender that hung up in the middle
  });
  server.on("error", () => {}); // a client that hung up
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    behave: (options) => void Object.assign(server, options),
    dropConnections: () => {
      for (const connection of server.connections) connection._socket.destroy();
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What an SMTP server's handler answers to refuse. */
export function refusal(responseCode: number, message = "No"): Error {
  return Object.assign(new Error(message), { responseCode });
}
