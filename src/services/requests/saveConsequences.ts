import type { EntityManager } from "typeorm";
import { appendingEvents } from "../../db/feed/eventLog";
import { executeTogether } from "../../db/postgres/insertion";
import { addingJobs, type Job } from "../../db/requests/jobs";
import { insertingNotifications } from "../../db/requests/notifications";
import { reactionsTo, type RecordChange } from "../../domain/reactions";
import { prepareMailing, verifyInvitations, type Stamp } from "../notifications/queueNotifications";

/**
 * Writes the consequences of transitions in their transaction: events, the notifications that they call for, the jobs
 * that send these and that finish a cancellation. Two statements, however many records, and two more to count limited
 * invitations. Throws RateLimitedError: see verifyInvitations.
 */
export async function saveConsequences(
  manager: EntityManager,
  changes: readonly RecordChange[],
  stamp: Stamp,
): Promise<void> {
  const recordIds = changes.map(({ record }) => record.id);
  const react = (recipientsOf: Parameters<typeof reactionsTo>[1]) => reactionsTo(changes, recipientsOf);
  const { notifications, jobs } = await prepareMailing(manager, recordIds, react, stamp);
  await executeTogether(
    manager,
    [appendingEvents(changes), ...insertingNotifications(notifications)],
    addingJobs([...jobs, ...finishing(changes)]),
  );
  await verifyInvitations(manager, notifications, stamp);
}

/** The job that finishes the cancellations that were asked for. */
function finishing(changes: readonly RecordChange[]): Job[] {
  const canceling = changes.filter(({ event }) => event.status === "CANCELLATION_IN_PROGRESS");
  if (canceling.length === 0) return [];
  return [{ task: "finishCancellation", payload: { recordIds: canceling.map(({ record }) => record.id) } }];
}
