import { heldUpBecause, isOverdue, waitingOn } from "../domain/actions";
import { ineligibilityReasons } from "../domain/eligibility";
import { capacitiesOf, type PartnerFacts } from "../domain/partnerChecks";
import { maySee } from "../domain/permissions";
import { feedCursor } from "../services/feedCursor";
import type { EventRow } from "../services/feed";
import type { Page } from "../services/page";
import type { CustomerRow, VisibleAccount } from "../services/readAccounts";
import type { NotificationRow } from "../services/readNotifications";
import type { VisibleRecord } from "../services/readRecords";
import type { VisibleRequest } from "../services/readRequests";
import { globalId } from "./globalId";

/**
 * Rows as the schema shows them: the plain fields, and the row itself for the field resolvers. What the viewer may not see
 * of a row is null here already.
 */

export function toPartner(partner: PartnerFacts) {
  const { pcn, organizationName } = partner;
  return {
    __typename: "Partner" as const,
    id: globalId("Partner", partner.id),
    pcn,
    organizationName,
    capacities: capacitiesOf(partner),
  };
}

export function toCustomer({ id, customerNumber, name }: CustomerRow) {
  return { __typename: "Customer" as const, id: globalId("Customer", id), customerNumber, name };
}

export type AccountParent = ReturnType<typeof toAccount>;

export function toAccount(visible: VisibleAccount) {
  const { id, accountNumber, displayName, channel } = visible.account;
  return {
    __typename: "BillingAccount" as const,
    id: globalId("BillingAccount", id),
    accountNumber,
    displayName,
    channel,
    visible,
  };
}

export function toEligibility({ account, asOf }: VisibleAccount) {
  const reasons = ineligibilityReasons(account, asOf);
  return { eligible: reasons.length === 0, reasons };
}

export type RequestParent = ReturnType<typeof toRequest>;

export function toRequest(visible: VisibleRequest) {
  const { requestId, submittedAt, respondBy, expiresAt } = visible;
  return {
    __typename: "CocpRequest" as const,
    id: globalId("CocpRequest", requestId),
    requestId,
    submittedAt,
    respondBy,
    expiresAt,
    visible,
  };
}

export type RecordParent = ReturnType<typeof toRecord>;

export function toRecord(visible: VisibleRecord) {
  const { record, actor, standing, asOf } = visible;
  const only = <Value>(part: Parameters<typeof maySee>[0], value: Value) =>
    maySee(part, actor.parties) ? value : null;
  return {
    __typename: "CocpRecord" as const,
    id: globalId("CocpRecord", record.id),
    status: record.status,
    waitingOn: waitingOn(record.status),
    overdue: isOverdue(record, asOf),
    heldUpBecause: heldUpBecause(record, actor, standing, asOf),
    partnerNotificationContact: only("CONTACT", record.contact),
    contactVerification: only("CONTACT_VERIFICATION", record.contactVerification),
    reason: only("REASON", record.reason),
    reasonNote: only("REASON", record.reasonNote),
    effectiveDate: record.effectiveDate,
    earlyCocpCaseNumber: record.earlyCocpCaseNumber,
    respondedAt: record.respondedAt,
    reviewDueAt: record.reviewDueAt,
    closedBy: record.closedBy,
    closingNote: only("CLOSING_NOTE", record.closingNote),
    updatedAt: record.updatedAt,
    visible,
  };
}

export type EventParent = ReturnType<typeof toEvent>;

export function toEvent(event: EventRow) {
  const { type, occurredAt, actor, previousStatus, status, effectiveDate, requestId, recordId } = event;
  return {
    __typename: "CocpEvent" as const,
    id: globalId("CocpEvent", event.id),
    cursor: feedCursor(event),
    type,
    occurredAt,
    actor,
    previousStatus,
    status,
    effectiveDate,
    requestId,
    recordId,
    earlyCocpCaseNumber: event.facts.caseNumber ?? null,
    event,
  };
}

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

/** A page as a Relay connection. */
export function toConnection<Item, Node>(page: Page<Item>, toNode: (item: Item) => Node) {
  const edges = page.items.map(({ cursor, node }) => ({ cursor, node: toNode(node) }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
