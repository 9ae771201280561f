import { CocpEventType } from "./model";
import type { CocpEvent } from "./events";
import type { CocpRecord, RecordFacts } from "./record";

/** Applies an event to a record, or to the columns of it that were read. Replaying all events gives the record. */
export function evolve<Known extends RecordFacts>(record: Known, event: CocpEvent): Known {
  return { ...record, ...common(event), ...change(event), version: record.version + 1 };
}

/** Makes the record of an INITIATED event. */
export function begin(id: string, event: Extract<CocpEvent, { type: "INITIATED" }>): CocpRecord {
  const { respondBy, expiresAt, channel: _channel, ...facts } = event.facts;
  return {
    id,
    ...facts,
    submittedAt: event.occurredAt,
    respondBy: new Date(respondBy),
    expiresAt: new Date(expiresAt),
    earlyCocpCaseNumber: null,
    respondedAt: null,
    reviewDueAt: null,
    approvedAt: null,
    closedBy: null,
    closingNote: null,
    ...common(event),
    version: 1,
  };
}

function common(event: CocpEvent) {
  return { status: event.status, effectiveDate: event.effectiveDate, updatedAt: event.occurredAt };
}

function change(event: CocpEvent): Partial<CocpRecord> {
  const at = event.occurredAt;
  switch (event.type) {
    case CocpEventType.ACCEPTED:
      return { respondedAt: at, reviewDueAt: new Date(event.facts.reviewDueAt) };
    case CocpEventType.DECLINED:
      return { respondedAt: at, closedBy: "NEW_PARTNER", closingNote: event.facts.note };
    case CocpEventType.CANCELED:
      return { closedBy: "CUSTOMER" };
    case CocpEventType.EXPIRED:
    case CocpEventType.COMPLETED:
      return { closedBy: "SYSTEM" };
    case CocpEventType.APPROVED:
      return { approvedAt: at, reviewDueAt: null };
    case CocpEventType.REFUSED:
      return { closedBy: "OPERATIONS", closingNote: event.facts.note, reviewDueAt: null };
    case CocpEventType.EFFECTIVE_DATE_AMENDED:
      return { earlyCocpCaseNumber: event.facts.caseNumber };
    case CocpEventType.NOTIFICATION_CONTACT_UPDATED:
      return { contact: event.facts.contact, contactVerification: event.facts.contactVerification };
    case CocpEventType.INITIATED:
    case CocpEventType.CANCELLATION_REQUESTED:
    case CocpEventType.REVIEW_STARTED:
      return {};
    default:
      return event satisfies never;
  }
}
