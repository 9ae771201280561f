import type { LocalDate } from "./dates";

/**
 * What a notification says, fixed when it is written: names, accounts and notes. It holds only what its recipient may know:
 * the old partner's neither the new partner nor the reason.
 */
export interface MailContent {
  /** The name of the customer that signed the request. */
  readonly organization: string;
  readonly requestId: string;
  /** The partner that is addressed; null in email to the customer. */
  readonly recipientPartner: MailPartner | null;
  readonly accounts: readonly MailAccount[];
  /** ISO 8601 instants in UTC. */
  readonly submittedAt: string;
  readonly respondBy: string;
  readonly expiresAt: string;
  /** The note of a decline or a refusal. */
  readonly note: string | null;
}

/** What the email says about the moment in which it is sent, read again by each attempt (docs/decisions/0034). */
export interface MailMoment {
  /** By the service's clock, in UTC. */
  readonly today: LocalDate;
  /** The partner may still answer for an account of the email. */
  readonly isUnanswered: boolean;
  /** The partner may still answer, and respondBy has passed: the email must not ask for an answer by then. */
  readonly isOverdue: boolean;
  /** Other accounts of the request that concern the reader have not ended without a change: the email is about a part of it. */
  readonly othersGoOn: boolean;
  /** Some of them still wait for the partner's answer. */
  readonly othersAreUnanswered: boolean;
}

/** All that an email is made from. */
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
