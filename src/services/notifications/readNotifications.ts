import { readNotificationsOf, type NotificationRow } from "../../db/requests/notifications";
import type { Viewer } from "../../domain/model";
import type { ServiceContext } from "../serviceContext";

export type { NotificationRow };

/** Notifications about records, oldest first: to a partner, those addressed to it. */
export async function readNotifications(
  context: ServiceContext,
  viewer: Viewer,
  recordIds: readonly string[],
): Promise<NotificationRow[]> {
  return await readNotificationsOf(context.dataSource.manager, viewer, recordIds);
}
