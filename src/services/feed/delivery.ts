import type { EventRow } from "../../db/feed/eventLog";
import type { Recipients } from "../../db/feed/logTail";
import type { Viewer } from "../../domain/model";

/** An event for people with the same rights. */
export interface Delivery {
  readonly event: EventRow;
  /** One of them, with the rights at `readAt`. The same object for all events that were read together. */
  readonly viewer: Viewer;
  /** By performance.now(). */
  readonly readAt: number;
  /** Responses to the event, by execution key. */
  readonly shared: Map<string, unknown>;
}

/** Makes deliveries of events that were just read. */
export function deliveriesTo(viewer: Viewer, events: readonly EventRow[]): Delivery[] {
  const readAt = performance.now();
  return events.map((event) => ({ event, viewer, readAt, shared: new Map() }));
}

/** Whether a viewer may see an event: the same rule as `visibleEvents` of db/tenancy.ts. */
export function concerns(event: EventRow, viewer: Viewer, adminOf: readonly string[]): boolean {
  const partnerId = viewer.partner?.id ?? null;
  return (
    viewer.isOperations ||
    adminOf.includes(event.billingAccountId) ||
    (partnerId !== null && (event.newPartnerId === partnerId || event.oldPartnerId === partnerId))
  );
}

/** Returns one of the recipients as a viewer. Its token says whether it is an operator. */
export function viewerOf(recipients: Recipients, isOperations: boolean): Viewer {
  const { emails, isEnterpriseAdmin, partnerId, canRespond } = recipients;
  return {
    email: emails[0],
    displayName: null,
    isOperations,
    isEnterpriseAdmin,
    partner: partnerId === null ? null : { id: partnerId, canRespond: canRespond ?? false },
  };
}
