import type { EntityManager } from "typeorm";
import {
  lockDueBatch,
  lockDueRecordsOf,
  lockRecords,
  movePartnersOfRecord,
  readStandings,
  updateRecords,
} from "../db/records";
import { waitForSweep } from "../db/postgres/advisoryLocks";
import { inTransaction } from "../db/transaction";
import { systemActor, type Actor, type CocpCommand } from "../domain/commands";
import { decide, settle } from "../domain/decide";
import { CocpError, type UserErrorFacts } from "../domain/errors";
import type { CocpEvent } from "../domain/events";
import { evolve } from "../domain/evolve";
import type { Viewer } from "../domain/model";
import { actorOn } from "../domain/permissions";
import type { RecordChange } from "../domain/reactions";
import type { CocpRecord, Standing } from "../domain/record";
import type { Stamp } from "./queueNotifications";
import { saveConsequences } from "./saveConsequences";
import type { ServiceContext } from "./serviceContext";

/** The records that a command is for. */
export type Selection =
  /** All records of a request that the command can apply to. */
  | { readonly requestId: string }
  /** These, which must belong to the request if one is named. */
  | { readonly recordIds: readonly string[]; readonly of?: string }
  /** Those of these accounts of which time asks something. */
  | { readonly dueOf: readonly string[] }
  /** About so many of which time asks something, that nobody else has in hand. */
  | { readonly dueAtMost: number };

export interface CommandOutcome {
  /** Acted on now, or earlier by the same side. */
  readonly done: readonly string[];
  /** A record that could not be acted on, and why. */
  readonly failed: readonly (UserErrorFacts & { readonly recordId: string })[];
}

interface Deliberation {
  readonly before: CocpRecord;
  readonly changes: readonly RecordChange[];
  readonly error: CocpError | null;
}

/**
 * The one door through which a record's state changes: for mutations, deadlines and operations alike. In one transaction:
 * lock the records in id order, let the domain decide for each, save with a guarded UPDATE, append the events, queue
 * notifications and jobs; after the commit wake the feed. Twenty records cost as many statements as one. Records are
 * acted on one by one: what fails for one does not keep another from being done. Without a command only what has fallen
 * due is settled. `viewer` null: the service itself.
 */
export async function executeCommand(
  context: ServiceContext,
  command: CocpCommand | null,
  selection: Selection,
  viewer: Viewer | null,
): Promise<CommandOutcome> {
  const { outcome, changed } = await inTransaction(context.dataSource, async (manager) => {
    const records = await lockSelected(manager, viewer, selection, () => context.clock.now());
    const now = context.clock.now();
    const standings = await readStandings(
      manager,
      records.map(({ id }) => id),
      viewer,
    );
    const deliberations = records.flatMap((record) => {
      const standing = standings.get(record.id);
      const actor = standing === undefined ? null : actorFor(record, viewer, standing.isAccountAdmin);
      if (standing === undefined || actor === null) return [];
      return [deliberate(command, record, { now, actor, standing, policy: context.policy })];
    });
    const changes = deliberations.flatMap((deliberation) => deliberation.changes);
    if (changes.length > 0) await save(manager, deliberations, { ...context, now });
    return { outcome: outcomeOf(deliberations, selection), changed: changes.length > 0 };
  });
  if (changed) context.announce();
  return outcome;
}

async function lockSelected(
  manager: EntityManager,
  viewer: Viewer | null,
  selection: Selection,
  now: () => Date,
): Promise<CocpRecord[]> {
  if ("dueAtMost" in selection) {
    await waitForSweep(manager);
    return await lockDueBatch(manager, now(), selection.dueAtMost);
  }
  if ("dueOf" in selection) return await lockDueRecordsOf(manager, now(), selection.dueOf);
  if ("requestId" in selection) return await lockRecords(manager, viewer, selection);
  if (selection.recordIds.length === 0) return [];
  const records = await lockRecords(manager, viewer, selection);
  return records.filter(({ requestId }) => selection.of === undefined || requestId === selection.of);
}

/** Null when the record does not exist for the viewer. */
function actorFor(record: CocpRecord, viewer: Viewer | null, isAccountAdmin: boolean): Actor | null {
  if (viewer === null) return systemActor;
  const actor = actorOn(record, viewer, isAccountAdmin);
  return actor.parties.size === 0 ? null : actor;
}

function deliberate(
  command: CocpCommand | null,
  before: CocpRecord,
  context: Parameters<typeof decide>[2] & { readonly standing: Standing },
): Deliberation {
  const changes: RecordChange[] = [];
  let record = before;
  const apply = (events: readonly CocpEvent[]) => {
    for (const event of events) {
      record = evolve(record, event);
      changes.push({ record, event });
    }
  };
  apply(settle(record, context));
  try {
    if (command !== null) {
      apply(decide(command, record, context));
      apply(settle(record, context));
    }
    return { before, changes, error: null };
  } catch (error) {
    if (!(error instanceof CocpError)) throw error;
    return { before, changes, error };
  }
}

async function save(manager: EntityManager, deliberations: readonly Deliberation[], at: Stamp): Promise<void> {
  const changed = deliberations.flatMap(({ before, changes }) => {
    const last = changes.at(-1);
    return last === undefined ? [] : [{ before, after: last.record }];
  });
  await updateRecords(manager, changed);
  const completed = changed.map(({ after }) => after).filter(({ status }) => status === "COMPLETED");
  if (completed.length > 0) await movePartnersOfRecord(manager, completed);
  await saveConsequences(
    manager,
    deliberations.flatMap(({ changes }) => changes),
    at,
  );
}

/** Of a whole request, records that the action can't apply to are passed over, unless there is no other. */
function outcomeOf(deliberations: readonly Deliberation[], selection: Selection): CommandOutcome {
  const done = deliberations.filter(({ error }) => error === null).map(({ before }) => before.id);
  const failed = deliberations.flatMap(({ before, error }) =>
    error === null
      ? []
      : [{ code: error.code, message: error.message, ...(error.field && { field: error.field }), recordId: before.id }],
  );
  return { done, failed: "requestId" in selection && done.length > 0 ? [] : failed };
}
