import { z } from "zod";
import type { EntityManager } from "typeorm";
import { beginning, isBefore, readFeedEnd, type FeedPosition } from "../../db/feed/eventLog";
import { InvalidCursorError } from "../../domain/errors";
import { UnavailableError } from "../unavailable";
import { decodeCursor, encodeCursor } from "../pagination";

const bigint = z.string().regex(/^(0|[1-9]\d{0,17})$/);
/** So many characters of an event's id tell it from one that got its numbers after a restore. */
const idLength = 8;
const idStart = z.string().regex(/^([0-9a-f]{8})?$/);
/** Cursors of earlier versions have no id. */
const shape = z.tuple([z.literal("feed"), bigint, bigint, idStart.optional()]);

/** A place in the feed as an opaque cursor. */
export function feedCursor({ transactionId, position, id }: FeedPosition): string {
  return encodeCursor(["feed", transactionId, position, id.slice(0, idLength)]);
}

/** The place that a cursor names. Throws InvalidCursorError. */
export function feedPosition(cursor: string): FeedPosition {
  const [, transactionId, position, id = ""] = decodeCursor(cursor, shape);
  return { transactionId, position, id };
}

/**
 * From where to read on: the place that a cursor names, or without one the feed's end. Throws InvalidCursorError,
 * also for a place that is not in the log, and UnavailableError for an event that is in it, as a record's history
 * shows it, and that the feed has not come to yet.
 */
export async function startingPosition(manager: EntityManager, cursor: string | null): Promise<FeedPosition> {
  const position = cursor === null ? beginning : feedPosition(cursor);
  const { end, isAstray } = await readFeedEnd(manager, position);
  if (cursor === null) return end;
  if (isAstray) throw notInLog();
  if (isBefore(end, position)) throw new UnavailableError("The feed waits for a transaction");
  return position;
}

/**
 * What was told is not in the log any more, and what was not told may stand in its place: nobody can read on from
 * there.
 */
export function notInLog(): InvalidCursorError {
  return new InvalidCursorError(
    "The event of this cursor is not in the log, as after the database was restored from a backup or has lost its last changes: " +
      "read the records anew, and go on from their feedCursor.",
  );
}
