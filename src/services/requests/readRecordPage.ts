import { z } from "zod";
import {
  countRecords,
  countStatuses,
  orderKeyOf,
  readRecordPageRows,
  type RecordFilter,
  type RecordPageShape,
} from "../../db/requests/recordPages";
import { CocpRecordOrderField, OrderDirection, type CocpStatus, type Viewer } from "../../domain/model";
import { feedCursor } from "../feed/cursor";
import { checkPage, decodeCursor, encodeCursor, toPage, type Page, type PageArgs } from "../pagination";
import { loaded, type PartialRow } from "../../db/requests/recordRows";
import { presentRecord, type VisibleRecord } from "./readRecords";
import type { ServiceContext } from "../serviceContext";

export interface RecordOrder {
  readonly field: CocpRecordOrderField;
  readonly direction: OrderDirection;
}

export interface RecordPage extends Page<VisibleRecord<PartialRow>> {
  /** Where the feed stood when this page was read. Throws when it was not asked for. */
  feedCursor(): string;
  totalCount(): Promise<number>;
  /** Over the same filter, its status condition aside. */
  statusCounts(): Promise<StatusCount[]>;
}

interface StatusCount {
  readonly status: CocpStatus;
  readonly count: number;
}

/** The projection of a page. Counts by status include the total. */
export interface PageProjection extends RecordPageShape {
  readonly statusCounts: boolean;
}

function total(counts: readonly StatusCount[], { statuses }: RecordFilter): number {
  const listed = counts.filter(({ status }) => statuses?.includes(status) ?? true);
  return listed.reduce((sum, { count }) => sum + count, 0);
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
  projection: PageProjection,
): Promise<RecordPage> {
  const request = checkPage(args);
  const after = request.cursor === null ? null : decodePlace(request.cursor, order);
  const { manager } = context.dataSource;
  const reading = { viewer, now: context.clock.now() };
  const { backward, limit } = request;
  const { field, direction } = order;
  const place = { ...order, backward, after, limit: limit + 1 };
  const { rows, feedEnd } = await readRecordPageRows(manager, reading, filter, place, projection);
  let counted: Promise<StatusCount[]> | null = null;
  const statusCounts = () => (counted ??= countStatuses(manager, reading, filter));
  return {
    ...toPage(rows, request, (row) => presentRecord(row, viewer, context.policy, reading.now)),
    cursorOf: ({ stored, record: { effectiveDate } }) =>
      encodeCursor([field, direction, orderKeyOf({ ...stored, effectiveDate }, field, direction), stored.id]),
    feedCursor: () => feedCursor(loaded(feedEnd)),
    totalCount: async () =>
      projection.statusCounts ? total(await statusCounts(), filter) : await countRecords(manager, reading, filter),
    statusCounts,
  };
}

const instantOrDate = /^(?!0000)(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}\.\d{3}Z)?$/;

/** Whether a text is what `orderKeyOf` gives for an instant or a date that exist, or for one beyond all others. */
function isOrderKey(text: string): boolean {
  const [, day, time = "T00:00:00.000Z"] = instantOrDate.exec(text) ?? [];
  if (day === undefined) return text === "infinity" || text === "-infinity";
  const at = new Date(`${day}${time}`);
  return !Number.isNaN(at.getTime()) && at.toISOString() === `${day}${time}`;
}

function decodePlace(cursor: string, order: RecordOrder): { key: string; id: string } {
  const shape = z.tuple([z.literal(order.field), z.literal(order.direction), z.string().refine(isOrderKey), z.guid()]);
  const [, , key, id] = decodeCursor(cursor, shape);
  return { key, id };
}
