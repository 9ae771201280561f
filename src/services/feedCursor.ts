import { z } from "zod";
import type { EntityManager } from "typeorm";
import { isBefore, readFeedPosition, readLogEnd, type FeedPosition } from "../db/eventLog";
import { InvalidCursorError } from "../domain/errors";
import { UnavailableError } from "./availability";
import { decodeCursor, encodeCursor } from "./page";

const bigint = z.string().regex(/^(0|[1-9]\d{0,17})$/);
const shape = z.tuple([z.literal("feed"), bigint, bigint]);

/** A place in the feed as an opaque cursor. */
export function feedCursor({ transactionId, position }: FeedPosition): string {
  return encodeCursor(["feed", transactionId, position]);
}

/** The place that a cursor names. Throws InvalidCursorError. */
export function feedPosition(cursor: string): FeedPosition {
  const [, transactionId, position] = decodeCursor(cursor, shape);
  return { transactionId, position };
}

/**
 * From where to read on: the place that a cursor names, or without one the feed's end. Throws InvalidCursorError, also for a
 * cursor that lies ahead of the log: there is nothing to wait for. Throws UnavailableError for one of an event that is in the log, as a
 * record's history shows it, and that the feed has not come to yet.
 */
export async function startingPosition(manager: EntityManager, cursor: string | null): Promise<FeedPosition> {
  const position = cursor === null ? null : feedPosition(cursor);
  const end = await readFeedPosition(manager);
  if (position !== null && isBefore(end, position)) {
    if (!isBefore(await readLogEnd(manager), position)) throw new UnavailableError("The feed waits for a transaction");
    throw new InvalidCursorError(
      "This cursor lies ahead of the feed, as after the database was restored from a backup: read the records anew, and go on from their feedCursor.",
    );
  }
  return position ?? end;
}
