import { z } from "zod";
import { BadInputError, InvalidCursorError } from "../domain/errors";

/** Arguments of a page (Relay cursor connections). */
export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** A page to be read: `limit` items on from the cursor, backward or forward. */
export interface PageRequest {
  readonly limit: number;
  readonly backward: boolean;
  readonly cursor: string | null;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  cursorOf(item: Item): string;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

const defaultLimit = 20;
const maxLimit = 100;

/** Checks the arguments. Throws BadInputError naming the argument. */
export function checkPage({ first, after, last, before }: PageArgs): PageRequest {
  if (first != null && last != null) {
    throw new BadInputError("Give first (with after) or last (with before), not both.", ["last"]);
  }
  const backward = last != null || (first == null && before != null);
  if (backward && after != null)
    throw new BadInputError("after goes with first: page back with last and before.", ["after"]);
  if (!backward && before != null)
    throw new BadInputError("before goes with last: page on with first and after.", ["before"]);
  const limit = (backward ? last : first) ?? defaultLimit;
  if (limit < 1 || limit > maxLimit) {
    throw new BadInputError(`A page has 1 to ${maxLimit} items: ask for that many, and page on with the cursor.`, [
      backward ? "last" : "first",
    ]);
  }
  return { limit, backward, cursor: (backward ? before : after) ?? null };
}

/** A page from rows read in the page's direction, one more than asked for if there are more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  { limit, backward, cursor }: PageRequest,
  toItem: (row: Row) => Item,
): Omit<Page<Item>, "cursorOf"> {
  const hasMore = rows.length > limit;
  const items = rows.slice(0, limit).map(toItem);
  if (backward) items.reverse();
  return backward
    ? { items, hasPreviousPage: hasMore, hasNextPage: cursor !== null }
    : { items, hasPreviousPage: cursor !== null, hasNextPage: hasMore };
}

/** An opaque cursor that holds these values. */
export function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** The values of a cursor of that shape. Throws InvalidCursorError for anything that `encodeCursor` did not make. */
export function decodeCursor<Shape extends z.ZodType>(cursor: string, shape: Shape): z.output<Shape> {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return shape.parse(values);
  } catch {
    throw new InvalidCursorError(
      "Invalid cursor for this list. Use a cursor that the list returned, or omit the argument.",
    );
  }
}
