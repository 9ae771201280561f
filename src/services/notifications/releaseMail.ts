import type { DataSource } from "typeorm";
import { readHeld, release, type HeldNotification } from "../../db/requests/outbox";

export type { HeldNotification };

/** The messages that wait for their release, oldest first: those that no worker saw within MAIL_HOLD_HOURS. */
export async function readHeldMail(dataSource: DataSource): Promise<HeldNotification[]> {
  return await readHeld(dataSource.manager);
}

/** Lets held messages go: each is sent if what it says still holds. Returns their number. */
export async function releaseMail(dataSource: DataSource): Promise<number> {
  return await dataSource.transaction(release);
}
