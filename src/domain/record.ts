import type { LocalDate } from "./dates";
import type { AgreementStatus, CocpParty, CocpReason, CocpStatus, ContactVerification } from "./model";

/** What the rules look at, and time changes, in a record that is read: who does not show all of it reads no more. */
export interface RecordFacts {
  readonly id: string;
  readonly oldPartnerId: string;
  readonly newPartnerId: string;
  readonly status: CocpStatus;
  readonly expiresAt: Date;
  readonly effectiveDate: LocalDate;
  /** When operations approved it: from then on the old partner sees the record. */
  readonly approvedAt: Date | null;
  readonly updatedAt: Date;
  /** The number of its events. */
  readonly version: number;
}

/** One billing account of a request: where its change of channel partner stands. The fold of its events. */
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

/** What the directory says, today, of the agreement and the new partner: looked at again on approval and completion. */
export interface Standing {
  readonly agreementStatus: AgreementStatus;
  readonly agreementEndDate: LocalDate;
  readonly newPartnerAllowed: boolean;
}
