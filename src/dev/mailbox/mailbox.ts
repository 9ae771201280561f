import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import type { Route } from "../../server/http/route";
import { writeWhole } from "../keptFile";
import type { MailboxMessage } from "./mailboxMessage";
import { mailboxRoutes } from "./mailboxPage";

export interface MailboxOptions {
  /** Keeps the mails as .eml files over a restart; without it they are kept in memory only. */
  readonly directory?: string;
  /** Port of the SMTP server. The system chooses a free one if absent. */
  readonly port?: number;
}

/** An SMTP server on 127.0.0.1 that keeps all mail, whoever it is for, and delivers none. */
export interface Mailbox {
  readonly smtpUrl: string;
  /** The newest 500, newest first. */
  messages(): readonly MailboxMessage[];
  /** Told of each new mail; gives a function that ends it. */
  onMessage(listener: (message: MailboxMessage) => void): () => void;
  /** The page at /dev/mail, and the same for scripts at /dev/mail.json. */
  readonly routes: readonly Route[];
  stop(): Promise<void>;
}

const maxMessages = 500;
const maxMessageBytes = 10_000_000;

/** Starts the mailbox with the mails that its folder holds. Rejects when the port is taken or the folder not usable. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const store = await MailStore.open(options.directory);
  const listeners = new Set<(message: MailboxMessage) => void>();
  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const content = await buffer(stream);
    if (stream.sizeExceeded) throw Object.assign(new Error("The mail is too large"), { responseCode: 552 });
    const message = await store.add(envelopeHeaders(session), content);
    for (const listener of listeners) listener(message);
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 500,
    size: maxMessageBytes,
    onData: (stream, session, done) => void receive(stream, session).then(() => done(), done),
  });
  const port = await listen(server, options.port ?? 0);
  server.on("error", () => {}); // a sender that hung up
  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    messages: () => store.messages,
    onMessage: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    routes: mailboxRoutes(() => store.messages),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const socket = server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = socket.address();
      if (address === null || typeof address === "string") reject(new Error("The mailbox has no port"));
      else resolve(address.port);
    });
  });
}

/** The headers that a delivering server adds to an email: its sender and recipients. */
function envelopeHeaders({ envelope }: SMTPServerSession): string {
  const sender = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
  const recipients = envelope.rcptTo.map(({ address }) => `Delivered-To: ${address}\r\n`);
  return `Return-Path: <${sender}>\r\n${recipients.join("")}`;
}

/** The mails in memory, newest first, and in their folder. */
class MailStore {
  readonly messages: MailboxMessage[] = [];
  #received = 0;

  private constructor(private readonly directory: string | undefined) {}

  static async open(directory: string | undefined): Promise<MailStore> {
    const store = new MailStore(directory);
    if (directory === undefined) return store;
    await mkdir(directory, { recursive: true });
    const names = (await readdir(directory)).filter((name) => name.endsWith(".eml")).sort();
    for (const name of names) await store.#load(directory, name);
    return store;
  }

  /** Loads a mail of an earlier start. An empty or unreadable one, which a power failure may leave, is removed. */
  async #load(directory: string, name: string): Promise<void> {
    const source = await readFile(join(directory, name));
    const message = source.length === 0 ? null : await parse(name.slice(0, -".eml".length), source).catch(() => null);
    if (message === null) await rm(join(directory, name), { force: true });
    else await this.#keep(message);
  }

  async add(headers: string, content: Buffer): Promise<MailboxMessage> {
    const instant = new Date().toISOString().replaceAll(":", "-");
    const id = `${instant}-${String(this.#received++).padStart(6, "0")}`;
    const source = Buffer.concat([Buffer.from(headers), content]);
    const message = await parse(id, source);
    if (this.directory !== undefined) {
      await writeWhole(join(this.directory, `${id}.eml`), source);
    }
    await this.#keep(message);
    return message;
  }

  async #keep(message: MailboxMessage): Promise<void> {
    const older = this.messages.findIndex(({ id }) => id < message.id);
    this.messages.splice(older < 0 ? this.messages.length : older, 0, message);
    for (const { id } of this.messages.splice(maxMessages)) {
      if (this.directory !== undefined) await rm(join(this.directory, `${id}.eml`), { force: true });
    }
  }
}

async function parse(id: string, source: Buffer): Promise<MailboxMessage> {
  const mail = await simpleParser(source);
  const deliveredTo = mail.headerLines.filter(({ key }) => key === "delivered-to");
  return {
    id,
    receivedAt: id.slice(0, 24).replace(/T(\d\d)-(\d\d)-/, "T$1:$2:"),
    messageId: mail.messageId ?? null,
    from: mail.from?.text ?? "",
    to: deliveredTo.map(({ line }) => line.slice(line.indexOf(":") + 1).trim()),
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: mail.html || null,
    source: source.toString("utf8"),
  };
}
