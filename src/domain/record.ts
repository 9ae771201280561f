import type { LocalDate } from "./dates";
import type { AgreementStatus, CocpParty, CocpReason, CocpStatus, ContactVerification } from "./model";

/** One billing account of a request: where its change of channel partner stands. The fold of its events. */
export interface CocpRecord {
  readonly id: string;
  readonly requestId: string;
  readonly billingAccountId: string;
  readonly oldPartnerId: string;
  readonly newPartnerId: string;
  readonly status: CocpStatus;
  /** The partner notification contact: one bare e-mail address. */
  readonly contact: string;
  readonly contactVerification: ContactVerification;
  readonly reason: CocpReason;
  readonly reasonNote: string | null;
  readonly submittedAt: Date;
  readonly respondBy: Date;
  readonly expiresAt: Date;
  readonly effectiveDate: LocalDate;
  readonly earlyCocpCaseNumber: string | null;
  readonly respondedAt: Date | null;
  /** Set while operations has the record. */
  readonly reviewDueAt: Date | null;
  /** When operations approved it: from then on the old partner sees the record. */
  readonly approvedAt: Date | null;
  readonly closedBy: CocpParty | null;
  readonly closingNote: string | null;
  readonly updatedAt: Date;
  /** The number of its events. */
  readonly version: number;
}

/** What the directory says, today, of the agreement and the new partner: looked at again on approval and completion. */
export interface Standing {
  readonly agreementStatus: AgreementStatus;
  readonly agreementEndDate: LocalDate;
  readonly newPartnerAllowed: boolean;
}
