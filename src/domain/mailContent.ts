import type { LocalDate } from "./dates";

/**
 * The content of a notification, fixed when it is written: names, accounts and notes. It holds only facts that its
 * recipient may know; to the old partner, neither the new partner nor the reason.
 */
export interface MailContent {
  /** The name of the customer that signed the request. */
  readonly organization: string;
  readonly requestId: string;
  /** The addressed partner; null in email to the customer. */
  readonly recipientPartner: MailPartner | null;
  readonly accounts: readonly MailAccount[];
  /** ISO 8601 instants in UTC. */
  readonly submittedAt: string;
  readonly respondBy: string;
  readonly expiresAt: string;
  /** The note of a decline or a refusal. */
  readonly note: string | null;
}

/** Facts of the moment in which the email is sent. Each attempt reads them again (docs/decisions/0034). */
export interface MailMoment {
  /** By the service's clock, in UTC. */
  readonly today: LocalDate;
  /** Whether the partner may still answer for an account of the email. */
  readonly isUnanswered: boolean;
  /** Whether the partner may still answer although respondBy has passed. The email must not name that date then. */
  readonly isOverdue: boolean;
  /** Whether operations still has to decide on every account of the email. */
  readonly isInReview: boolean;
  /** Whether the partner has answered for some accounts of the email, and not for others. */
  readonly isPartlyAnswered: boolean;
  /** Whether the reader's part of the request has other accounts, whatever became of them. */
  readonly othersExist: boolean;
  /** Whether other accounts of the reader's part of the request may still change, or did. */
  readonly othersGoOn: boolean;
  /** Whether some of them still wait for the partner's answer. */
  readonly othersAreUnanswered: boolean;
}

/** All facts of an email. */
export type MailFacts = MailContent & MailMoment;

export interface MailPartner {
  readonly pcn: string;
  readonly organizationName: string;
}

export interface MailAccount {
  readonly accountNumber: string;
  readonly displayName: string;
  readonly effectiveDate: LocalDate;
  /** Null in email to the old partner. */
  readonly newPartner: MailPartner | null;
}
