import { createTransport, type NodemailerError } from "nodemailer";
import type { MailFacts } from "../domain/mailContent";
import type { CocpNotificationKind } from "../domain/model";
import type { MailParty } from "./letter";
import type { Portals } from "../domain/portals";
import { renderMail } from "./renderMail";
import { subjectHeader } from "./subjectHeader";

/** One notification on its way to one address. */
export interface Mail {
  readonly kind: CocpNotificationKind;
  readonly party: MailParty;
  readonly content: MailFacts;
  /** One bare e-mail address. */
  readonly recipient: string;
  /** With its angle brackets; the same in every attempt, so that a mail that arrives twice is known as one. */
  readonly messageId: string;
}

export interface MailTransport {
  /**
   * Sends an email to the mail server. Throws MailRefusedError when the server rejects it permanently. Any other
   * error is temporary, and the email may have been delivered nevertheless: send it again with the same Message-ID.
   */
  send(mail: Mail): Promise<void>;
  /** Ends the connections; a mail on its way is finished first. */
  close(): void;
}

export interface MailTransportOptions {
  /** smtp:// or smtps://, with credentials. */
  readonly smtpUrl: string;
  readonly mailFrom: string;
  /** Signs each mail for the sender's domain (DKIM). */
  readonly dkim?: { readonly selector: string; readonly privateKey: string } | null;
  /** Where the buttons lead. */
  readonly portals: Portals;
  /** Milliseconds that a mail server may stay silent: at first, and at any step; shorter only in tests. */
  readonly patience?: { readonly greeting: number; readonly step: number };
}

/** The mail server rejected this email to this address permanently. */
export class MailRefusedError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "MailRefusedError";
  }
}

const defaultPatience = { greeting: 10_000, step: 30_000 };

/** Sends notifications over SMTP, on a few connections that are kept open. Connects when the first mail is sent. */
export function createMailTransport(options: MailTransportOptions): MailTransport {
  const { smtpUrl, mailFrom, portals, dkim, patience = defaultPatience } = options;
  const smtp = createTransport({
    url: smtpUrl,
    pool: true,
    maxRequeues: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dkim && { dkim: { domainName: domainOf(mailFrom), keySelector: dkim.selector, privateKey: dkim.privateKey } }),
    connectionTimeout: patience.greeting,
    greetingTimeout: patience.greeting,
    dnsTimeout: patience.greeting,
    socketTimeout: patience.step,
  });
  return {
    async send({ kind, party, content, recipient, messageId }) {
      verifyBareAddress(recipient);
      try {
        const { subject, ...bodies } = renderMail(kind, party, content, portals);
        await smtp.sendMail({
          ...bodies,
          messageId,
          from: { name: "", address: mailFrom },
          to: { name: "", address: recipient },
          headers: { Subject: subjectHeader(subject), "Auto-Submitted": "auto-generated" },
        });
      } catch (error) {
        throw isRefusal(error) ? new MailRefusedError(error) : error;
      }
    },
    close: () => smtp.close(),
  };
}

/** Whatever could name a second recipient or begin a header is refused before the mail server sees it. */
function verifyBareAddress(address: string): void {
  if (!/^[^\s\p{Cc},;:<>()[\]\\"@]+@[^\s\p{Cc},;:<>()[\]\\"@]+$/u.test(address)) {
    throw new MailRefusedError("The recipient is not one bare e-mail address");
  }
}

/**
 * Whether the server said no to the address or to the mail. A 5xx at connecting, signing in or naming the sender is
 * about us: the operator can mend it while the mail waits. 4xx, timeouts and broken connections pass.
 */
function isRefusal(error: unknown): boolean {
  const { permanent, command } = smtpFacts(error);
  return permanent === true && (command === "RCPT TO" || command === "DATA");
}

/** The reason of a failure without personal data: the server's reply code such as 550, or a code such as ETIMEDOUT. */
export function failureCode(error: unknown): string {
  const { responseCode, code } = smtpFacts(error instanceof MailRefusedError ? error.cause : error);
  return String(responseCode ?? code ?? "unknown");
}

function smtpFacts(error: unknown): Pick<NodemailerError, "permanent" | "command" | "responseCode" | "code"> {
  return typeof error === "object" && error !== null ? error : {};
}

/** The domain of a bare e-mail address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
