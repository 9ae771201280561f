import type { LocalDate } from "./dates";
import type { AgreementChannel, CocpEventType, CocpParty, CocpReason, CocpStatus, ContactVerification } from "./model";

/** What each type of event adds to what all events carry. Kept with the event, so that a record can be replayed. */
export interface EventFacts {
  INITIATED: {
    readonly requestId: string;
    readonly billingAccountId: string;
    /** Chose the text that was signed: what the directory says of the account later does not. */
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

/** One thing that happened to one record. */
export type CocpEvent = {
  [Type in CocpEventType]: {
    readonly type: Type;
    readonly occurredAt: Date;
    readonly actor: CocpParty;
    /** The person, by e-mail address; null for SYSTEM. */
    readonly actorEmail: string | null;
    readonly previousStatus: CocpStatus | null;
    readonly status: CocpStatus;
    readonly effectiveDate: LocalDate;
    readonly facts: EventFacts[Type];
  };
}[CocpEventType];
