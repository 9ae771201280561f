import { z } from "zod";
import type { EntityManager } from "typeorm";
import { beginning, isBefore, readFeedEnd, type FeedPosition } from "../../db/feed/eventLog";
import { InvalidCursorError } from "../../domain/errors";
import { UnavailableError } from "../unavailable";
import { decodeCursor, encodeCursor } from "../pagination";

const bigint = z.string().regex(/^(0|[1-9]\d{0,17})$/);
/** Characters of an event's id in a cursor: they tell it from an event with the same numbers after a restore. */
const idLength = 8;
const idStart = z.string().regex(/^([0-9a-f]{8})?$/);
/** Cursors of earlier versions have no id. */
const shape = z.tuple([z.literal("feed"), bigint, bigint, idStart.optional()]);

/** Encodes an offset as an opaque cursor. */
export function feedCursor({ transactionId, position, id }: FeedPosition): string {
  return encodeCursor(["feed", transactionId, position, id.slice(0, idLength)]);
}

/** Decodes a cursor. Throws InvalidCursorError. */
export function feedPosition(cursor: string): FeedPosition {
  const [, transactionId, position, id = ""] = decodeCursor(cursor, shape);
  return { transactionId, position, id };
}

/**
 * Returns the offset of a cursor, or the head of the feed without one. Throws InvalidCursorError, also when the log
 * does not have the event; UnavailableError when the feed has not reached it yet (a record's history may show it
 * earlier).
 */
export async function startingPosition(manager: EntityManager, cursor: string | null): Promise<FeedPosition> {
  const position = cursor === null ? beginning : feedPosition(cursor);
  const { end, isUnknownOffset } = await readFeedEnd(manager, position);
  if (cursor === null) return end;
  if (isUnknownOffset) throw unknownOffset();
  if (isBefore(end, position)) throw new UnavailableError("The feed waits for a transaction");
  return position;
}

/** The error for an event that the log has lost. Other events may have its numbers, so no reader can resume there. */
export function unknownOffset(): InvalidCursorError {
  return new InvalidCursorError(
    "The log does not have the event of this cursor: the database was restored, or has lost its last changes. " +
      "Read the records again, and continue from their feedCursor.",
  );
}
