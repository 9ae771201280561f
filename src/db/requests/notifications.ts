import type { EntityManager } from "typeorm";
import type { ContactVerification, Viewer } from "../../domain/model";
import { CocpNotificationEntity } from "../../entities/cocpNotificationEntity";
import { CocpNotificationRecordEntity } from "../../entities/cocpNotificationRecordEntity";
import {
  foldedAddress,
  oldPartnerNotifications,
  presentVerification,
  signerIsAdmin,
} from "../directory/contactVerification";
import { insertion } from "../postgres/insertion";
import { columnsOf, select, sql, type Sql } from "../postgres/sql";
import { isAccountAdmin, visibleRecords } from "../tenancy";

/**
 * Names, addresses and rights around a record that notifications depend on, read in the transaction that writes them.
 */
export interface NoticeFacts {
  readonly recordId: string;
  readonly organization: string;
  readonly accountNumber: string;
  readonly displayName: string;
  readonly signedBy: string;
  readonly newPartnerPcn: string;
  readonly newPartnerName: string;
  readonly oldPartnerPcn: string;
  readonly oldPartnerName: string;
  readonly oldPartnerAddress: string | null;
  readonly verification: ContactVerification;
  readonly signerIsAdmin: boolean;
  readonly oldPartnerWasNotified: boolean;
}

export async function readNoticeFacts(
  manager: EntityManager,
  recordIds: readonly string[],
): Promise<Map<string, NoticeFacts>> {
  const rows = await select<NoticeFacts>(
    manager,
    sql`SELECT r.id AS "recordId", c.name AS organization, a.account_number AS "accountNumber",
        a.display_name AS "displayName", s.signed_by AS "signedBy",
        np.pcn AS "newPartnerPcn", np.organization_name AS "newPartnerName",
        op.pcn AS "oldPartnerPcn", op.organization_name AS "oldPartnerName",
        op.notification_address AS "oldPartnerAddress", ${presentVerification} AS verification,
        ${signerIsAdmin} AS "signerIsAdmin", EXISTS (${oldPartnerNotifications}) AS "oldPartnerWasNotified"
      FROM cocp_records r JOIN billing_accounts a ON a.id = r.billing_account_id
      JOIN cocp_requests q ON q.request_id = r.request_id JOIN customers c ON c.id = q.customer_id
      JOIN cocp_signatures s ON s.request_id = r.request_id
      JOIN partners np ON np.id = r.new_partner_id JOIN partners op ON op.id = r.old_partner_id
      WHERE r.id = ANY(${[...recordIds]})`,
  );
  return new Map(rows.map((row) => [row.recordId, row]));
}

/** Columns that the database fills in, or the worker later: see outbox.ts. */
const filledLater = [
  "position",
  "writtenAt",
  "seenAt",
  "firstAttemptAt",
  "heldAt",
  "waitsUntil",
  "sendingBy",
] as const satisfies readonly (keyof CocpNotificationEntity)[];

/** A notification to be written, with the records that it is about. */
export type NewNotification = Omit<CocpNotificationEntity, (typeof filledLater)[number]> & {
  readonly recordIds: readonly string[];
};

/** Writes notifications with the records that they are about. */
export function insertingNotifications(notifications: readonly NewNotification[]): Sql[] {
  const links = notifications.flatMap(({ id, recordIds }) =>
    recordIds.map((recordId) => ({ notificationId: id, recordId })),
  );
  return [
    insertion(CocpNotificationEntity, notifications, filledLater),
    insertion(CocpNotificationRecordEntity, links),
  ];
}

/** When the customer last had an invitation of a request sent again to a contact of a partner. */
export interface Resent {
  readonly partnerId: string;
  readonly recipient: string;
  readonly at: Date;
}

/** The latest resending of a request's invitations for each partner and contact. Suppressed ones do not count. */
export async function readResent(manager: EntityManager, requestId: string): Promise<Resent[]> {
  return await select<Resent>(
    manager,
    sql`SELECT n.partner_id AS "partnerId", ${foldedAddress(sql`n.recipient`)} AS recipient, max(n.created_at) AS at FROM cocp_notifications n
      WHERE n.request_id = ${requestId} AND n.resent AND n.state <> 'SUPPRESSED' GROUP BY 1, 2`,
  );
}

/** The columns that the API returns: neither the content nor the error. */
const toldOf = [
  "id",
  "kind",
  "recipientParty",
  "recipient",
  "state",
  "suppressedBecause",
  "attempts",
  "createdAt",
  "sentAt",
] as const satisfies readonly (keyof CocpNotificationEntity)[];

const toldColumns = columnsOf(CocpNotificationEntity, "n", toldOf);

/** A notification, once for each record that it is about. */
export type NotificationRow = Pick<CocpNotificationEntity, (typeof toldOf)[number]> & { readonly recordId: string };

/**
 * Notifications about records, oldest first: to the customer's side and operations all, to a partner those addressed
 * to it.
 */
export async function readNotificationsOf(
  manager: EntityManager,
  viewer: Viewer,
  recordIds: readonly string[],
): Promise<NotificationRow[]> {
  const partnerId = viewer.partner?.id ?? null;
  const admin = isAccountAdmin(viewer);
  return await select<NotificationRow>(
    manager,
    sql`SELECT ${toldColumns}, nr.record_id AS "recordId"
      FROM cocp_notification_records nr JOIN cocp_notifications n ON n.id = nr.notification_id
      JOIN cocp_records r ON r.id = nr.record_id
      WHERE nr.record_id = ANY(${[...recordIds]}) AND ${visibleRecords(viewer)}
        AND (${viewer.isOperations} OR n.partner_id = ${partnerId}::uuid OR ${admin})
      ORDER BY n.created_at, n.id`,
  );
}
