/** A mail as it arrived. */
export interface MailboxMessage {
  /** Sorts by arrival. */
  readonly id: string;
  readonly receivedAt: string;
  readonly messageId: string | null;
  readonly from: string;
  /** The addresses that it was delivered to. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Null when the mail has no HTML. Not to be trusted. */
  readonly html: string | null;
  /** Headers and body, as in an .eml file. */
  readonly source: string;
}
