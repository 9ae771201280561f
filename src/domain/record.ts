import type { LocalDate } from "./dates";
import type { AgreementStatus, CocpParty, CocpReason, CocpStatus, ContactVerification } from "./model";

/** The columns of a record that deadlines and rights need: every read has them. */
export interface RecordFacts {
  readonly id: string;
  readonly oldPartnerId: string;
  readonly newPartnerId: string;
  readonly status: CocpStatus;
  readonly expiresAt: Date;
  readonly effectiveDate: LocalDate;
  /** Time of the approval, from which the old partner sees the record. */
  readonly approvedAt: Date | null;
  readonly updatedAt: Date;
  /** The number of its events. */
  readonly version: number;
}

/** The change of one billing account of a request: the fold of its events. */
export interface CocpRecord extends RecordFacts {
  readonly requestId: string;
  readonly billingAccountId: string;
  /** The partner notification contact: one bare e-mail address. */
  readonly contact: string;
  readonly contactVerification: ContactVerification;
  readonly reason: CocpReason;
  readonly reasonNote: string | null;
  readonly submittedAt: Date;
  readonly respondBy: Date;
  readonly earlyCocpCaseNumber: string | null;
  readonly respondedAt: Date | null;
  /** Set while operations has the record. */
  readonly reviewDueAt: Date | null;
  readonly closedBy: CocpParty | null;
  readonly closingNote: string | null;
}

/** Today's facts of the agreement and the new partner, checked again at approval and completion. */
export interface Standing {
  readonly agreementStatus: AgreementStatus;
  readonly agreementEndDate: LocalDate;
  readonly newPartnerAllowed: boolean;
}
