import { startMailbox, type Mailbox } from "../../../src/dev/mailbox/mailbox";
import type { MailboxMessage } from "../../../src/dev/mailbox/mailboxMessage";

export interface TestMailbox extends Mailbox {
  /** The newest mail that fits, as soon as there is one. Rejects, with what did arrive, when none has in time. */
  waitForMail(fits: (message: MailboxMessage) => boolean, timeoutMs?: number): Promise<MailboxMessage>;
}

/** A mailbox for tests, in memory, on a free port. */
export async function startTestMailbox(): Promise<TestMailbox> {
  const mailbox = await startMailbox();
  const waitForMail: TestMailbox["waitForMail"] = (fits, timeoutMs = 55_000) =>
    new Promise((resolve, reject) => {
      const arrived = mailbox.messages().find(fits);
      if (arrived) return resolve(arrived);
      const end = mailbox.onMessage((message) => {
        if (!fits(message)) return;
        clearTimeout(timer);
        end();
        resolve(message);
      });
      const timer = setTimeout(() => {
        end();
        const others = mailbox.messages().map(({ to, subject }) => `${to.join(", ")}: ${subject}`);
        reject(new Error(`No such mail within ${timeoutMs} ms. Arrived: ${others.join("; ") || "none"}`));
      }, timeoutMs);
    });
  return { ...mailbox, waitForMail };
}
