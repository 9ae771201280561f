import type { EventRow } from "../db/eventLog";
import type { Recipients } from "../db/recipients";
import type { Viewer } from "../domain/model";

/** An event on its way to one subscriber. */
export interface Delivery {
  readonly event: EventRow;
  /** The subscriber, with the rights that it has now. */
  readonly viewer: Viewer;
  /** Whoever has the same rights is told the same of this event. */
  readonly rights: string;
  /** What was made of the event for those who listen to it, to be shared among equals. */
  readonly shared: Map<string, unknown>;
}

/** Whether the viewer's side is part of an event: the same rule as db/visibility.ts `visibleEvents`. */
export function concerns(event: EventRow, viewer: Viewer, adminOf: readonly string[]): boolean {
  const partnerId = viewer.partner?.id ?? null;
  return (
    viewer.isOperations ||
    adminOf.includes(event.billingAccountId) ||
    (partnerId !== null && (event.newPartnerId === partnerId || event.oldPartnerId === partnerId))
  );
}

/** A person with the rights of those recipients; null: it is of no party. */
export function viewerOf(email: string, isOperations: boolean, recipients: Recipients | null): Viewer {
  const partnerId = recipients?.partnerId ?? null;
  return {
    email,
    displayName: null,
    isOperations,
    isEnterpriseAdmin: recipients?.isEnterpriseAdmin ?? false,
    partner: partnerId === null ? null : { id: partnerId, canRespond: recipients?.canRespond ?? false },
  };
}

/**
 * Names the rights of a viewer. Users of one partner who hold no role on any account see the same, and so do operators;
 * what an administrator sees hangs on its own accounts.
 */
export function rightsOf(viewer: Viewer, hasRole: boolean): string {
  const { isOperations, partner, email } = viewer;
  if (hasRole || (isOperations && partner !== null)) return `person ${email}`;
  if (isOperations) return "operations";
  return partner === null ? `person ${email}` : `partner ${partner.id} ${partner.canRespond}`;
}
