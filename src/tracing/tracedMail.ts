import type { MailTransport } from "../mail/mailTransport";
import type { Tracing } from "./tracing";

/** A transport each of whose mails is a span: its kind and Message-ID, and not to whom. */
export function tracedMail(mail: MailTransport, tracing: Tracing): MailTransport {
  return {
    send: (one) =>
      tracing.span(
        `mail ${one.kind}`,
        { kind: "client", facts: { "changeover.mail.kind": one.kind, "changeover.mail.message_id": one.messageId } },
        () => mail.send(one),
      ),
    close: () => mail.close(),
  };
}
