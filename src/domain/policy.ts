/** Every number of the process. A day is 24 hours; all instants are UTC. */
export interface CocpPolicy {
  /** Days from submission until the partner should have answered: advice (reference: "within 10 days"). */
  readonly respondDays: number;
  /** Days from submission until an unanswered record is EXPIRED (reference: "within 30 days"). */
  readonly expireDays: number;
  /** Days from submission to the effective date (reference: "90 days from the initiation date"). */
  readonly effectiveDays: number;
  /** Days after submission on which the partner's contact is reminded, each once. */
  readonly reminderDays: readonly number[];
  /** Hours from acceptance in which operations typically processes a record (reference: "24–48 hours"). */
  readonly reviewHours: number;
  /** Hours between two resendings of a request's invitation. */
  readonly resendHours: number;
  /** Billing accounts in one request (reference: "up to a maximum of 20"). */
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
