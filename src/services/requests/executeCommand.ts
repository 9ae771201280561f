import type { EntityManager } from "typeorm";
import type { Clock } from "../../db/clock/clock";
import { movePartnersOfRecord } from "../../db/directory/partnerHistory";
import { waitForSweep } from "../../db/postgres/advisoryLocks";
import { lockDueBatch, lockRecords, readStandings, updateRecords } from "../../db/requests/records";
import { inTransaction } from "../../db/postgres/transaction";
import { readPresentViewer } from "../../db/directory/viewers";
import { systemActor, type Actor, type CocpCommand } from "../../domain/commands";
import { decide, settle, type SettlingContext } from "../../domain/decide";
import { CocpError, type UserErrorFacts } from "../../domain/errors";
import type { CocpEvent } from "../../domain/events";
import { evolve } from "../../domain/evolve";
import type { Viewer } from "../../domain/model";
import { actorOn } from "../../domain/permissions";
import type { RecordChange } from "../../domain/reactions";
import type { CocpRecord } from "../../domain/record";
import type { Stamp } from "../notifications/queueNotifications";
import { saveConsequences } from "./saveConsequences";
import type { ServiceContext } from "../serviceContext";

/** The records that a command is for. */
export type Selection =
  /** All records of a request that the command can apply to. */
  | { readonly requestId: string }
  /** These, which must belong to the request if one is named. */
  | { readonly recordIds: readonly string[]; readonly of?: string }
  /** A batch of about this many due records that no other transaction has locked. */
  | { readonly dueAtMost: number; readonly except: readonly string[] };

export interface CommandOutcome {
  /** Acted on now, or earlier by the same side. */
  readonly done: readonly string[];
  /** A record that could not be acted on, and why. */
  readonly failed: readonly (UserErrorFacts & { readonly recordId: string })[];
  /** Due records that a sweep skipped because another transaction has locked their account. */
  readonly left: readonly string[];
}

/** Makes a command of what the directory says in the command's transaction. May throw CocpError. */
export type CommandMaker = (manager: EntityManager, viewer: Viewer | null) => Promise<CocpCommand>;

interface Deliberation {
  readonly before: CocpRecord;
  readonly changes: readonly RecordChange[];
  readonly error: CocpError | null;
}

/**
 * The only function that changes the state of records: for mutations, deadlines and operations alike. In one
 * transaction it locks the records in the order of their ids, lets the domain decide on each, saves with a guarded
 * UPDATE, appends the events, and queues notifications and jobs. After the commit it notifies the feed.
 *
 * Twenty records cost as many statements as one. Each record is decided by itself: an error on one does not affect
 * the others. Without a command it only settles what is due. Rights and standings are read after the locks. `viewer`
 * is null for the service.
 */
export async function executeCommand(
  context: ServiceContext,
  command: CocpCommand | CommandMaker | null,
  selection: Selection,
  viewer: Viewer | null,
): Promise<CommandOutcome> {
  const { outcome, changed } = await inTransaction(context.dataSource, async (manager) => {
    const { records, left } = await lockSelected(manager, viewer, selection, () => context.clock.now());
    const present = viewer && (await readPresentViewer(manager, viewer));
    const made = typeof command === "function" ? await command(manager, present) : command;
    const deliberations = await decideOn(manager, made, records, present, context);
    return { outcome: outcomeOf(deliberations, selection, left), changed: deliberations.some(hasChanged) };
  });
  if (changed) context.notifyReaders();
  return outcome;
}

/** The parts of the service context that decisions need. */
export interface Deciding extends Pick<ServiceContext, "policy" | "mailDomain" | "invitationsPerHour"> {
  readonly clock: Pick<Clock, "now" | "instant">;
}

/**
 * Settles locked records in the caller's transaction. `freedAt`: see domain/deadlines.ts `dueCommand`. Gives how many
 * changed. Call `notifyReaders` after the commit when there are any.
 */
export async function settleLocked(
  manager: EntityManager,
  records: readonly CocpRecord[],
  context: Deciding,
  freedAt?: Date,
): Promise<number> {
  if (records.length === 0) return 0;
  return (await decideOn(manager, null, records, null, context, freedAt)).filter(hasChanged).length;
}

async function decideOn(
  manager: EntityManager,
  command: CocpCommand | null,
  records: readonly CocpRecord[],
  viewer: Viewer | null,
  { clock, policy, mailDomain, invitationsPerHour }: Deciding,
  freedAt?: Date,
): Promise<Deliberation[]> {
  const ids = records.map(({ id }) => id);
  const standings = await readStandings(manager, ids, viewer, clock.instant);
  const now = latestOf(standings.values()) ?? clock.now();
  const deliberations = records.flatMap((record) => {
    const standing = standings.get(record.id);
    const actor = standing === undefined ? null : actorFor(record, viewer, standing.isAccountAdmin);
    if (standing === undefined || actor === null) return [];
    return [deliberate(command, record, { now, actor, standing, policy, ...(freedAt && { freedAt }) })];
  });
  if (deliberations.some(hasChanged)) await save(manager, deliberations, { now, mailDomain, invitationsPerHour });
  return deliberations;
}

/** PostgreSQL reads its clock for each row. */
function latestOf(standings: Iterable<{ readonly now: Date }>): Date | null {
  const times = Array.from(standings, ({ now }) => now.getTime());
  return times.length === 0 ? null : new Date(Math.max(...times));
}

const hasChanged = ({ changes }: Deliberation): boolean => changes.length > 0;

async function lockSelected(
  manager: EntityManager,
  viewer: Viewer | null,
  selection: Selection,
  now: () => Date,
): Promise<{ records: CocpRecord[]; left: readonly string[] }> {
  if ("dueAtMost" in selection) {
    await waitForSweep(manager);
    return await lockDueBatch(manager, now(), selection.dueAtMost, selection.except);
  }
  if ("requestId" in selection) return { records: await lockRecords(manager, viewer, selection), left: [] };
  if (selection.recordIds.length === 0) return { records: [], left: [] };
  const records = await lockRecords(manager, viewer, selection);
  const isMeant = ({ requestId }: CocpRecord) => selection.of === undefined || requestId === selection.of;
  return { records: records.filter(isMeant), left: [] };
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
  context: SettlingContext & { readonly actor: Actor },
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

/** For a whole request, skips records that the action cannot apply to, unless it applies to none. */
function outcomeOf(
  deliberations: readonly Deliberation[],
  selection: Selection,
  left: readonly string[],
): CommandOutcome {
  const done = deliberations.filter(({ error }) => error === null).map(({ before }) => before.id);
  const failed = deliberations.flatMap(({ before, error }) =>
    error === null
      ? []
      : [{ code: error.code, message: error.message, ...(error.field && { field: error.field }), recordId: before.id }],
  );
  return { done, failed: "requestId" in selection && done.length > 0 ? [] : failed, left };
}
