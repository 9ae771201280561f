import type { EntityManager } from "typeorm";
import { appendEvents } from "../db/eventLog";
import { addJobs } from "../db/jobs";
import { reactionsTo, type RecordChange } from "../domain/reactions";
import { queueNotifications, type Stamp } from "./queueNotifications";

/**
 * What every transition leaves behind besides the record itself, in the same transaction: its event in the log, the
 * notifications that it calls for, the jobs that send them and that finish a cancellation.
 */
export async function saveConsequences(
  manager: EntityManager,
  changes: readonly RecordChange[],
  stamp: Stamp,
): Promise<void> {
  await appendEvents(manager, changes);
  const recordIds = changes.map(({ record }) => record.id);
  await queueNotifications(manager, recordIds, (addressesOf) => reactionsTo(changes, addressesOf), stamp);
  const canceling = changes.filter(({ event }) => event.status === "CANCELLATION_IN_PROGRESS");
  if (canceling.length === 0) return;
  const payload = { recordIds: canceling.map(({ record }) => record.id) };
  await addJobs(manager, [{ task: "finishCancellation", payload }]);
}
