import type { EventRow } from "../../db/feed/eventLog";
import type { Recipients } from "../../db/feed/logTail";
import type { Viewer } from "../../domain/model";

/** An event on its way to those who have the same rights. */
export interface Delivery {
  readonly event: EventRow;
  /** One of them, with the rights that they had at `readAt`. The same object for what was read together. */
  readonly viewer: Viewer;
  /** By performance.now(). */
  readonly readAt: number;
  /** What was made of the event for them: once for each operation that they listen with. */
  readonly shared: Map<string, unknown>;
}

/** Events that were just read, on their way to a viewer and to whoever has the same rights. */
export function deliveriesTo(viewer: Viewer, events: readonly EventRow[]): Delivery[] {
  const readAt = performance.now();
  return events.map((event) => ({ event, viewer, readAt, shared: new Map() }));
}

/** Whether the viewer's side is part of an event: the same rule as `visibleEvents` of db/tenancy.ts. */
export function concerns(event: EventRow, viewer: Viewer, adminOf: readonly string[]): boolean {
  const partnerId = viewer.partner?.id ?? null;
  return (
    viewer.isOperations ||
    adminOf.includes(event.billingAccountId) ||
    (partnerId !== null && (event.newPartnerId === partnerId || event.oldPartnerId === partnerId))
  );
}

/** One of the recipients; whether it is an operator its token says. */
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
