import type { LocalDate } from "./dates";

/**
 * What a notification says, fixed when it is written. It holds only what its recipient may know: the old partner's
 * neither the new partner nor the reason.
 */
export interface MailContent {
  /** The customer's name. */
  readonly organization: string;
  readonly requestId: string;
  /** The partner that is addressed; null in mail to the customer. */
  readonly recipientPartner: MailPartner | null;
  readonly accounts: readonly MailAccount[];
  /** ISO 8601 instants in UTC. */
  readonly submittedAt: string;
  readonly respondBy: string;
  readonly expiresAt: string;
  /** respondBy had passed when this was written: a reminder, or an invitation sent again, must not ask to answer by then. */
  readonly overdue: boolean;
  /** What was said on declining or refusing. */
  readonly note: string | null;
}

export interface MailPartner {
  readonly pcn: string;
  readonly organizationName: string;
}

export interface MailAccount {
  readonly accountNumber: string;
  readonly displayName: string;
  readonly effectiveDate: LocalDate;
  /** Null in mail to the old partner. */
  readonly newPartner: MailPartner | null;
}
