import type { EntityManager } from "typeorm";
import { sql } from "../../db/postgres/sql";
import { readRecords } from "../../db/requests/recordRows";
import { lockRecords } from "../../db/requests/records";
import { readResent, type Resent } from "../../db/requests/notifications";
import { inTransaction } from "../../db/postgres/transaction";
import { readPresentViewer } from "../../db/directory/viewers";
import { CocpError } from "../../domain/errors";
import { verifyActorMay, verifyMayResend, verifyStatusAdmits } from "../../domain/guards";
import type { Viewer } from "../../domain/model";
import { addressKey } from "../../domain/keys";
import type { CocpPolicy } from "../../domain/policy";
import type { CocpRecord } from "../../domain/record";
import { contactNotices, type RecipientBook } from "../../domain/reactions";
import {
  recordNotFound,
  requestNotFound,
  verifyNamed,
  type ActionOutcome,
  type NamedRecord,
  type RecordError,
} from "./actOnRecords";
import { contactWarnings } from "./contactWarnings";
import { queueNotifications } from "../notifications/queueNotifications";
import { presentRecord, type VisibleRecord } from "./readRecords";
import type { ServiceContext } from "../serviceContext";

export interface ResendTarget {
  readonly requestId: string;
  /** Null: all records that wait for the partner's answer. */
  readonly records: readonly NamedRecord[] | null;
}

/**
 * Sends the invitation of unanswered records to their contacts once more, for the customer: at most once an hour for
 * each partner and contact of a request. Errors: REQUEST_NOT_FOUND, RECORD_NOT_FOUND, NOT_ALLOWED, INVALID_STATUS,
 * TOO_MANY_NOTIFICATIONS. Warns of contacts that are not notified. Throws BadInputError: see verifyNamed.
 */
export async function resendNotification(
  context: ServiceContext,
  viewer: Viewer,
  target: ResendTarget,
): Promise<ActionOutcome> {
  verifyNamed(target.records);
  try {
    const outcome = await inTransaction(context.dataSource, (manager) => resend(context, viewer, target, manager));
    const field = [target.records === null ? "requestId" : "recordIds"];
    return { ...outcome, warnings: await contactWarnings(context, viewer, outcome.recordIds, field) };
  } catch (error) {
    if (!(error instanceof CocpError)) throw error;
    return { recordIds: [], userErrors: [error], warnings: [] };
  }
}

async function resend(
  context: ServiceContext,
  caller: Viewer,
  { requestId, records }: ResendTarget,
  manager: EntityManager,
): Promise<ActionOutcome> {
  await lockRecords(manager, caller, { requestId }); // one resending at a time, and none of what is being answered
  const viewer = await readPresentViewer(manager, caller);
  const { policy } = context;
  const now = context.clock.now();
  const rows = await readRecords(manager, viewer, sql`r.request_id = ${requestId}`);
  if (rows.length === 0) return { recordIds: [], userErrors: [requestNotFound(requestId)], warnings: [] };
  const visible = rows.map((row) => presentRecord(row, viewer, policy, now));
  const { due, errors } = chooseRecords(visible, records);
  const { ready, paused } = pauseResent(due, await readResent(manager, requestId), now, policy);
  if (ready.length > 0) {
    const ids = ready.map(({ id }) => id);
    const react = (recipientsOf: RecipientBook) => contactNotices("INVITATION", ready, recipientsOf);
    await queueNotifications(manager, ids, react, { ...context, now, resent: true });
  }
  const hasDone = records === null && ready.length > 0;
  return { recordIds: ready.map(({ id }) => id), userErrors: [...(hasDone ? [] : paused), ...errors], warnings: [] };
}

/** The records whose contact may be sent the invitation again now, and one error for each contact that may not. */
function pauseResent(due: readonly CocpRecord[], resent: readonly Resent[], now: Date, policy: CocpPolicy) {
  const paused = new Map<string, RecordError>();
  const ready = due.filter((record) => {
    const key = contactKey(record.newPartnerId, record.contact);
    const last = resent.find(({ partnerId, recipient }) => contactKey(partnerId, recipient) === key);
    try {
      verifyMayResend(record.contact, last?.at, now, policy);
      return true;
    } catch (error) {
      if (!(error instanceof CocpError)) throw error;
      paused.set(key, { code: error.code, message: error.message, field: error.field ?? [], recordId: record.id });
      return false;
    }
  });
  return { ready, paused: [...paused.values()] };
}

const contactKey = (partnerId: string, contact: string) => `${partnerId} ${addressKey(contact)}`;

/**
 * Chooses the records to act on, and the errors of others. For a whole request there are errors only when there is no
 * record to act on.
 */
function chooseRecords(visible: readonly VisibleRecord[], named: readonly NamedRecord[] | null) {
  const isMeant = ({ record }: VisibleRecord) => named === null || named.some(({ id }) => id === record.id);
  const refusals = new Map(visible.filter(isMeant).map((each) => [each, refusalOf(each)]));
  const due = [...refusals].filter(([, refusal]) => refusal === null).map(([{ record }]) => record);
  const refused = [...refusals.values()].filter((refusal) => refusal !== null);
  const unknown = (named ?? []).flatMap(({ id, given }, index) =>
    visible.some(({ record }) => record.id === id) ? [] : [recordNotFound(given, index)],
  );
  return { due, errors: named === null && due.length > 0 ? [] : [...refused, ...unknown] };
}

function refusalOf({ record, actor }: VisibleRecord): RecordError | null {
  try {
    verifyActorMay("UPDATE_NOTIFICATION_CONTACT", actor);
    verifyStatusAdmits("UPDATE_NOTIFICATION_CONTACT", record);
    return null;
  } catch (error) {
    if (!(error instanceof CocpError)) throw error;
    return { code: error.code, message: error.message, recordId: record.id };
  }
}
