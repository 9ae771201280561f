import type { EntityManager } from "typeorm";
import type { CocpNotificationState, Viewer } from "../domain/model";
import { CocpNotificationEntity } from "../entities/cocpNotificationEntity";
import { CocpNotificationRecordEntity } from "../entities/cocpNotificationRecordEntity";
import { insertion } from "./insertion";
import { columnsOf, select, sql, type Sql } from "./query";
import { isAccountAdmin, visibleRecords } from "./visibility";

/** Names and addresses around a record that notifications speak of. */
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
        op.notification_address AS "oldPartnerAddress"
      FROM cocp_records r JOIN billing_accounts a ON a.id = r.billing_account_id
      JOIN customers c ON c.id = a.customer_id JOIN cocp_signatures s ON s.request_id = r.request_id
      JOIN partners np ON np.id = r.new_partner_id JOIN partners op ON op.id = r.old_partner_id
      WHERE r.id = ANY(${[...recordIds]})`,
  );
  return new Map(rows.map((row) => [row.recordId, row]));
}

/** A notification to be written, with the records that it is about. */
export type NewNotification = CocpNotificationEntity & { readonly recordIds: readonly string[] };

/** Writes notifications with the records that they are about. */
export function insertingNotifications(notifications: readonly NewNotification[]): Sql[] {
  const links = notifications.flatMap(({ id, recordIds }) =>
    recordIds.map((recordId) => ({ notificationId: id, recordId })),
  );
  return [insertion(CocpNotificationEntity, notifications), insertion(CocpNotificationRecordEntity, links)];
}

export type QueuedNotification = CocpNotificationEntity;

export async function readNotification(manager: EntityManager, id: string): Promise<QueuedNotification | null> {
  return await manager.findOneBy(CocpNotificationEntity, { id });
}

/** Counts one more attempt of a queued notification, and what came of it. One that is no longer queued stays as it is. */
export async function recordAttempt(
  manager: EntityManager,
  id: string,
  outcome: { readonly state: CocpNotificationState; readonly sentAt: Date | null; readonly lastError: string | null },
): Promise<void> {
  await manager
    .createQueryBuilder()
    .update(CocpNotificationEntity)
    .set({ ...outcome, attempts: () => "attempts + 1" })
    .where({ id, state: "QUEUED" })
    .execute();
}

/** What the API tells of a notification: not its content, nor why it failed. */
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

/** Notifications about records, oldest first: to the customer's side and operations all, to a partner those addressed to it. */
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
