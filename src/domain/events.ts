import type { LocalDate } from "./dates";
import type { AgreementChannel, CocpEventType, CocpParty, CocpReason, CocpStatus, ContactVerification } from "./model";

/** The facts of each type of event. They are stored with it, so that a record can be replayed. */
export interface EventFacts {
  INITIATED: {
    readonly requestId: string;
    readonly billingAccountId: string;
    /** The channel that chose the signed text; later changes of the account do not. */
    readonly channel: AgreementChannel;
    readonly oldPartnerId: string;
    readonly newPartnerId: string;
    readonly contact: string;
    readonly contactVerification: ContactVerification;
    readonly reason: CocpReason;
    readonly reasonNote: string | null;
    readonly respondBy: string;
    readonly expiresAt: string;
  };
  ACCEPTED: { readonly note: string | null; readonly reviewDueAt: string };
  DECLINED: { readonly note: string | null };
  CANCELLATION_REQUESTED: { readonly note: string | null };
  CANCELED: Record<string, never>;
  EXPIRED: Record<string, never>;
  REVIEW_STARTED: { readonly note: string | null };
  APPROVED: { readonly note: string | null };
  REFUSED: { readonly note: string };
  COMPLETED: Record<string, never>;
  EFFECTIVE_DATE_AMENDED: { readonly caseNumber: string; readonly previousDate: LocalDate };
  NOTIFICATION_CONTACT_UPDATED: { readonly contact: string; readonly contactVerification: ContactVerification };
}

/** A change of one record. */
export type CocpEvent = {
  [Type in CocpEventType]: {
    readonly type: Type;
    readonly occurredAt: Date;
    readonly actor: CocpParty;
    /** Email address of the person; null for SYSTEM. */
    readonly actorEmail: string | null;
    readonly previousStatus: CocpStatus | null;
    readonly status: CocpStatus;
    readonly effectiveDate: LocalDate;
    readonly facts: EventFacts[Type];
  };
}[CocpEventType];
