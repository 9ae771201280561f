import { z } from "zod";
import { readFeedPosition } from "../db/eventLog";
import { countRecords, countStatuses, readRecordPageRows, type RecordFilter } from "../db/recordLists";
import { CocpRecordOrderField, OrderDirection, type CocpStatus, type Viewer } from "../domain/model";
import { feedCursor } from "./feedCursor";
import { checkPage, decodeCursor, encodeCursor, toPage, type Page, type PageArgs } from "./page";
import { presentRecord, type VisibleRecord } from "./readRecords";
import type { ServiceContext } from "./serviceContext";

export interface RecordOrder {
  readonly field: CocpRecordOrderField;
  readonly direction: OrderDirection;
}

export interface RecordPage extends Page<VisibleRecord> {
  /** Where the feed stood before this page was read. */
  readonly feedCursor: string;
  totalCount(): Promise<number>;
  /** Over the same filter, its status condition aside. */
  statusCounts(): Promise<{ status: CocpStatus; count: number }[]>;
}

/**
 * Track changes: a page of the records that the viewer's side is part of. Counts are read only when asked for. Throws
 * BadInputError for unusable page arguments, InvalidCursorError for a cursor of another list or order.
 */
export async function readRecordPage(
  context: ServiceContext,
  viewer: Viewer,
  filter: RecordFilter,
  order: RecordOrder,
  args: PageArgs,
): Promise<RecordPage> {
  const request = checkPage(args);
  const after = request.cursor === null ? null : decodePlace(request.cursor, order);
  const { manager } = context.dataSource;
  const position = await readFeedPosition(manager);
  const reading = { viewer, now: context.clock.now() };
  const { backward, limit } = request;
  const rows = await readRecordPageRows(manager, reading, filter, { ...order, backward, after, limit: limit + 1 });
  const page = toPage(rows, request, ({ orderKey, ...row }) => ({
    cursor: encodeCursor([order.field, order.direction, orderKey, row.id]),
    node: presentRecord(row, viewer, context.policy, reading.now),
  }));
  return {
    ...page,
    feedCursor: feedCursor(position),
    totalCount: () => countRecords(manager, reading, filter),
    statusCounts: () => countStatuses(manager, reading, filter),
  };
}

const instantOrDate = /^(?!0000)(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?)\+00)?$/;

/** Whether a text is what PostgreSQL gives for an instant or a date that exist, or for one beyond all others. */
function isOrderKey(text: string): boolean {
  const [, day, time = "00:00:00"] = instantOrDate.exec(text) ?? [];
  if (day === undefined) return text === "infinity" || text === "-infinity";
  const at = new Date(`${day}T${time}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

function decodePlace(cursor: string, order: RecordOrder): { key: string; id: string } {
  const shape = z.tuple([z.literal(order.field), z.literal(order.direction), z.string().refine(isOrderKey), z.guid()]);
  const [, , key, id] = decodeCursor(cursor, shape);
  return { key, id };
}
