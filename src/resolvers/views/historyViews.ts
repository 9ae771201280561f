import type { EventRow } from "../../services/feed/feedPage";
import { feedCursor } from "../../services/feed/cursor";
import type { NotificationRow } from "../../services/notifications/readNotifications";
import { globalId } from "../globalId";

/** Events and notifications of a record, as the schema shows them. */

export class EventView {
  readonly __typename = "CocpEvent";

  constructor(readonly event: EventRow) {}

  get id() {
    return globalId("CocpEvent", this.event.id);
  }
  get cursor() {
    return feedCursor(this.event);
  }
  get type() {
    return this.event.type;
  }
  get occurredAt() {
    return this.event.occurredAt;
  }
  get actor() {
    return this.event.actor;
  }
  get previousStatus() {
    return this.event.previousStatus;
  }
  get status() {
    return this.event.status;
  }
  get effectiveDate() {
    return this.event.effectiveDate;
  }
  get requestId() {
    return this.event.requestId;
  }
}

export const toEvent = (event: EventRow) => new EventView(event);

export function toNotification(row: NotificationRow) {
  const { kind, recipientParty, recipient, state, suppressedBecause, attempts, createdAt, sentAt } = row;
  return {
    id: globalId("CocpNotification", row.id),
    kind,
    recipientParty,
    recipient,
    state,
    suppressedBecause,
    attempts,
    createdAt,
    sentAt,
  };
}
