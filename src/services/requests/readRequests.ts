import { readPresentViewer } from "../../db/directory/viewers";
import { readRecords } from "../../db/requests/recordRows";
import {
  readRequestRows,
  readSignatureRows,
  readSignedChannels,
  type RequestRow,
  type SignatureRow,
} from "../../db/requests/requests";
import { sql } from "../../db/postgres/sql";
import type { AgreementChannel, Viewer } from "../../domain/model";
import { groupBy } from "../groupBy";
import { presentRecord, type VisibleRecord } from "./readRecords";
import type { ServiceContext } from "../serviceContext";

/** A request as one viewer sees it: with the records that the viewer may see, of which there is at least one. */
export interface VisibleRequest extends RequestRow {
  readonly records: readonly VisibleRecord[];
}

/** Reads visible requests by Request ID. Two statements for any number. */
export async function readRequests(
  context: ServiceContext,
  viewer: Viewer,
  requestIds: readonly string[],
): Promise<Map<string, VisibleRequest>> {
  const { manager } = context.dataSource;
  const rows = await readRecords(manager, viewer, sql`r.request_id = ANY(${[...requestIds]})`);
  const now = context.clock.now();
  const visible = rows.map((row) => presentRecord(row, viewer, context.policy, now));
  const records = groupBy(visible, ({ record }) => record.requestId);
  const requests = await readRequestRows(manager, [...records.keys()]);
  return new Map(
    requests.map((request) => [request.requestId, { ...request, records: records.get(request.requestId) ?? [] }]),
  );
}

/** Whether there is such a request for the viewer by its present rights. */
export async function requestExists(context: ServiceContext, viewer: Viewer, requestId: string): Promise<boolean> {
  const { manager } = context.dataSource;
  const present = await readPresentViewer(manager, viewer);
  return (await readRecords(manager, present, sql`r.request_id = ${requestId}`)).length > 0;
}

/** Reads the channels of records' accounts at the signature, by record: see domain/terms.ts. */
export async function signedChannels(
  context: ServiceContext,
  recordIds: readonly string[],
): Promise<Map<string, AgreementChannel>> {
  return await readSignedChannels(context.dataSource.manager, recordIds);
}

/** Signatures by Request ID. Who may read one: domain/permissions.ts. */
export async function readSignatures(
  context: ServiceContext,
  requestIds: readonly string[],
): Promise<Map<string, SignatureRow>> {
  const signatures = await readSignatureRows(context.dataSource.manager, requestIds);
  return new Map(signatures.map((signature) => [signature.requestId, signature]));
}
