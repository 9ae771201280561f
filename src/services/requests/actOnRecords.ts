import { cutText } from "../../domain/cutText";
import { BadInputError, CocpError, type UserErrorFacts } from "../../domain/errors";
import type { CocpCommand } from "../../domain/commands";
import type { Warning } from "../../domain/initiation";
import type { Viewer } from "../../domain/model";
import { executeCommand, type CommandMaker } from "./executeCommand";
import { requestExists } from "./readRequests";
import type { ServiceContext } from "../serviceContext";

/** A record as the caller named it: `id` null when it is no record's id at all. */
export interface NamedRecord {
  readonly id: string | null;
  /** As given, to name it in the error. */
  readonly given: string;
}

export type RecordError = UserErrorFacts & {
  /** The record that could not be acted on; one that the caller named wrongly has only `given`. */
  readonly recordId?: string;
  readonly given?: string;
};

export interface ActionOutcome {
  readonly recordIds: readonly string[];
  readonly userErrors: readonly RecordError[];
  readonly warnings: readonly Warning[];
}

export interface ActionTarget {
  /** Null: records of any request. */
  readonly requestId: string | null;
  /** Null: all of the request that the action can apply to. */
  readonly records: readonly NamedRecord[] | null;
}

/** Records that one call may name. */
const maxRecords = 100;

/** The list of records that a caller named, which may be absent. Throws BadInputError when it is empty or too long. */
export function verifyNamed(records: readonly NamedRecord[] | null): void {
  if (records === null || (records.length >= 1 && records.length <= maxRecords)) return;
  throw new BadInputError(`Name 1 to ${maxRecords} records, not ${records.length}.`, ["input", "recordIds"]);
}

/**
 * Acts on records of a request, or on records named one by one. Whatever the viewer may not see does not exist:
 * REQUEST_NOT_FOUND, RECORD_NOT_FOUND. `command` may throw the CocpError of an unusable input. Throws BadInputError:
 * see verifyNamed.
 */
export async function actOnRecords(
  context: ServiceContext,
  viewer: Viewer,
  { requestId, records }: ActionTarget,
  command: () => CocpCommand | CommandMaker,
): Promise<ActionOutcome> {
  verifyNamed(records);
  try {
    const checked = command();
    if (records !== null) return await actOnNamed(context, viewer, { requestId, records }, checked);
    if (requestId === null) throw new Error("Without a request, the records are named");
    const { done, failed } = await executeCommand(context, checked, { requestId }, viewer);
    const unknown = done.length + failed.length === 0;
    return { recordIds: done, userErrors: unknown ? [requestNotFound(requestId)] : failed, warnings: [] };
  } catch (error) {
    if (!(error instanceof CocpError)) throw error;
    return { recordIds: [], userErrors: [error], warnings: [] };
  }
}

async function actOnNamed(
  context: ServiceContext,
  viewer: Viewer,
  { requestId, records }: { requestId: string | null; records: readonly NamedRecord[] },
  command: CocpCommand | CommandMaker,
): Promise<ActionOutcome> {
  const recordIds = [...new Set(records.flatMap(({ id }) => id ?? []))];
  const selection = requestId === null ? { recordIds } : { recordIds, of: requestId };
  const { done, failed } = await executeCommand(context, command, selection, viewer);
  const known = new Set([...done, ...failed.map(({ recordId }) => recordId)]);
  if (known.size === 0 && requestId !== null && !(await requestExists(context, viewer, requestId))) {
    return { recordIds: [], userErrors: [requestNotFound(requestId)], warnings: [] };
  }
  const unknown = records.flatMap(({ id, given }, index) =>
    id !== null && known.has(id) ? [] : [recordNotFound(given, index)],
  );
  return { recordIds: done, userErrors: [...failed, ...unknown], warnings: [] };
}

/** The request does not exist for the viewer. */
export function requestNotFound(requestId: string): RecordError {
  const message = `There is no request ${cutText(requestId)} that you are part of: take the Request ID from cocpRecords.`;
  return { code: "REQUEST_NOT_FOUND", message, field: ["requestId"] };
}

/** A record that the caller named does not exist for the viewer, or not in that request. */
export function recordNotFound(given: string, index: number): RecordError {
  const message = "There is no such record in this request: take the id from cocpRecords.";
  return { code: "RECORD_NOT_FOUND", message, field: ["recordIds", String(index)], given };
}
