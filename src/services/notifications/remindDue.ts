import { takeDueReminders } from "../../db/requests/reminders";
import { inTransaction } from "../../db/postgres/transaction";
import { contactNotices } from "../../domain/reactions";
import { queueNotifications } from "./queueNotifications";
import type { ServiceContext } from "../serviceContext";

/** Reminders taken in one transaction. */
const batchSize = 500;

/** Writes the reminders that have come due (docs/domain.md, "Reminders"), each day's once, in batches. */
export async function remindDue(context: ServiceContext): Promise<void> {
  while ((await remindBatch(context)) > 0);
}

async function remindBatch(context: ServiceContext): Promise<number> {
  const { dataSource, clock, policy } = context;
  return await inTransaction(dataSource, async (manager) => {
    const now = clock.now();
    const records = await takeDueReminders(manager, now, policy.reminderDays, batchSize);
    if (records.length > 0) {
      const ids = records.map(({ id }) => id);
      const stamp = { ...context, now };
      await queueNotifications(
        manager,
        ids,
        (recipientsOf) => contactNotices("REMINDER", records, recipientsOf),
        stamp,
      );
    }
    return records.length;
  });
}
