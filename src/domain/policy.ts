/** Every number of the process. A day is 24 hours; all instants are UTC. */
export interface CocpPolicy {
  /** Days from submission until the partner should have answered: advice (docs/domain.md, "Deadlines"). */
  readonly respondDays: number;
  /** Days from submission until an unanswered record is EXPIRED (docs/domain.md, "Deadlines"). */
  readonly expireDays: number;
  /** Days from submission to the effective date (docs/domain.md, "Deadlines"). */
  readonly effectiveDays: number;
  /** Days after submission on which the partner's contact is reminded, each once. */
  readonly reminderDays: readonly number[];
  /** Hours from acceptance in which operations typically processes a record (docs/domain.md, "Deadlines"). */
  readonly reviewHours: number;
  /** Hours between two resendings of a request's invitation. */
  readonly resendHours: number;
  /** Billing accounts in one request (docs/domain.md, "Submission"). */
  readonly maxAccounts: number;
}

export const defaultPolicy: CocpPolicy = {
  respondDays: 10,
  expireDays: 30,
  effectiveDays: 90,
  reminderDays: [3, 7, 9, 20, 27],
  reviewHours: 48,
  resendHours: 1,
  maxAccounts: 20,
};
