import type { EntityManager } from "typeorm";
import { sql } from "../db/query";
import { readRecords } from "../db/recordRows";
import { lockRecords } from "../db/records";
import { readRequestRows, recordResent } from "../db/requests";
import { inTransaction } from "../db/transaction";
import { CocpError } from "../domain/errors";
import { verifyActorMay, verifyMayResend, verifyStatusAdmits } from "../domain/guards";
import type { Viewer } from "../domain/model";
import { contactNotices } from "../domain/reactions";
import {
  recordNotFound,
  requestNotFound,
  verifyNamed,
  type ActionOutcome,
  type NamedRecord,
  type RecordError,
} from "./actOnRecords";
import { contactWarnings } from "./contactWarnings";
import { queueNotifications } from "./queueNotifications";
import { presentRecord, type VisibleRecord } from "./readRecords";
import type { ServiceContext } from "./serviceContext";

export interface ResendTarget {
  readonly requestId: string;
  /** Null: all records that wait for the partner's answer. */
  readonly records: readonly NamedRecord[] | null;
}

/**
 * Sends the invitation of unanswered records to their contacts once more: the customer's, at most once an hour a request.
 * Errors: REQUEST_NOT_FOUND, RECORD_NOT_FOUND, NOT_ALLOWED, INVALID_STATUS, TOO_MANY_NOTIFICATIONS.
 * Warns of contacts that are not notified. Throws BadInputError: see verifyNamed.
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
  { clock, policy, mailDomain }: ServiceContext,
  viewer: Viewer,
  { requestId, records }: ResendTarget,
  manager: EntityManager,
): Promise<ActionOutcome> {
  await lockRecords(manager, viewer, { requestId }); // one resending at a time, and none of what is being answered
  const now = clock.now();
  const rows = await readRecords(manager, viewer, sql`r.request_id = ${requestId}`);
  const [request] = await readRequestRows(manager, rows.length === 0 ? [] : [requestId]);
  if (request === undefined) return { recordIds: [], userErrors: [requestNotFound(requestId)], warnings: [] };
  const visible = rows.map((row) => presentRecord(row, viewer, policy, now));
  const { due, errors } = chooseRecords(visible, records);
  if (due.length > 0) {
    verifyMayResend(request.lastResentAt, now, policy);
    await recordResent(manager, requestId, now);
    const ids = due.map(({ id }) => id);
    const stamp = { now, mailDomain };
    await queueNotifications(manager, ids, (recipientsOf) => contactNotices("INVITATION", due, recipientsOf), stamp);
  }
  return { recordIds: due.map(({ id }) => id), userErrors: errors, warnings: [] };
}

/** The records to act on, and why not the others: of a whole request only when there is none to act on. */
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
